package reports

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type object = map[string]any

// schema.json is made from the Go types and their comments, so that neither can say what the other does not.
func TestSchemaIsInStepWithTheTypes(t *testing.T) {
	s := schemaMaker{docs: documented(t), definitions: object{}}
	root := s.structure(reflect.TypeFor[Report]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "urn:ambient-conformance:report:v1"
	root["title"] = Kind
	root["$defs"] = s.definitions
	properties := root["properties"].(object)
	properties["apiVersion"] = object{"const": APIVersion}
	properties["kind"] = object{"const": Kind}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.json", data.Bytes())
}

func TestSchemaAcceptsReportsAndNothingElse(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	for name, r := range map[string]Report{"rich": richReport(), "green": greenReport(), "proof": proofReport(), "empty": {}} {
		t.Run("accepts the "+name+" report", func(t *testing.T) {
			if err := valid(encoded(t, r)); err != nil {
				t.Error(err)
			}
		})
	}
	good := encoded(t, richReport())
	for name, change := range map[string][2]string{
		"another version":    {`conformance.ambient/v1"`, `conformance.ambient/v2"`},
		"an unknown result":  {`"result": "unknown"`, `"result": "flaky"`},
		"a row unnamed":      {`"name": "EnrolNamespace",`, ``},
		"a null list":        {`"steps": [`, `"steps": null, "was": [`},
		"a duration as text": {`"durationNs": 310000000`, `"durationNs": "310ms"`},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			if bad == good {
				t.Fatalf("%q is not in the report", change[0])
			}
			if err := valid(bad); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestSchemaDocumentNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	s := schemaMaker{docs: documented(t), definitions: object{}}
	s.structure(reflect.TypeFor[Report]())
	for name, definition := range s.definitions {
		for field := range definition.(object)["properties"].(object) {
			if !bytes.Contains(text, []byte("`"+field+"`")) {
				t.Errorf("SCHEMA.md does not name `%s` of %s", field, name)
			}
		}
	}
}

// schemaMaker turns types into JSON Schema; structures other than the root go to $defs.
type schemaMaker struct {
	docs        docs
	definitions object
}

func (s schemaMaker) structure(typ reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		value := s.value(field.Type)
		if doc := s.docs.text[typ.Name()+"."+field.Name]; doc != "" {
			value["description"] = doc
		}
		properties[name] = value
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	return object{"type": "object", "description": s.docs.text[typ.Name()], "properties": properties, "required": required}
}

func (s schemaMaker) value(typ reflect.Type) object {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case typ == reflect.TypeFor[time.Duration]():
		return object{"type": "integer"}
	case len(s.docs.values[typ.Name()]) > 0:
		return object{"enum": s.docs.values[typ.Name()]}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return s.value(typ.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": s.value(typ.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.value(typ.Elem())}
	case reflect.Struct:
		if s.definitions[typ.Name()] == nil {
			s.definitions[typ.Name()] = s.structure(typ)
		}
		return object{"$ref": "#/$defs/" + typ.Name()}
	}
	panic("no schema for " + typ.String())
}

// docs is what report.go says about its types ("Row", "Row.Name") and the values of its string types.
type docs struct {
	text   map[string]string
	values map[string][]string
}

func documented(t *testing.T) docs {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash("report.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	d := docs{map[string]string{}, map[string][]string{}}
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				d.text[spec.Name.Name] = oneLine(general.Doc.Text())
				d.fields(spec)
			case *ast.ValueSpec:
				d.value(t, spec)
			}
		}
	}
	return d
}

func (d docs) fields(spec *ast.TypeSpec) {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			d.text[spec.Name.Name+"."+name.Name] = oneLine(field.Doc.Text() + " " + field.Comment.Text())
		}
	}
}

func (d docs) value(t *testing.T, spec *ast.ValueSpec) {
	typ, ok := spec.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, value := range spec.Values {
		text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		d.values[typ.Name] = append(d.values[typ.Name], text)
	}
}
