package reports

import (
	"fmt"
	"maps"
	"math"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Finish returns the report as it leaves the process; every writer of this package calls it, and finishing twice changes
// nothing. Secrets are gone, texts printable, times in UTC, lists and maps never null, results one of the five, and the
// verdict is the one the rows bear out: a report cannot claim more than it found. A reason given beforehand stays when its
// verdict does. The argument is not changed.
func Finish(r Report) Report {
	r = cleaned(reflect.ValueOf(r)).Interface().(Report)
	r.APIVersion, r.Kind = APIVersion, Kind
	r.Plan.Command = scrubCommand(r.Plan.Command)
	for _, key := range slices.Collect(maps.Keys(r.Subject.Settings)) {
		if secretName(key) {
			r.Subject.Settings[key] = removed
		}
	}
	for i := range r.Rows {
		finishRow(&r.Rows[i])
	}
	if r.Expected != nil {
		expected := *r.Expected
		expected.Surprises = surprises(r)
		r.Expected = &expected
	}
	verdict, reason := Decide(r)
	if r.Verdict != verdict || r.Reason == "" {
		r.Verdict, r.Reason = verdict, reason
	}
	return r
}

// finishRow turns what no format could show into evidence of the row: nothing is dropped in silence.
func finishRow(row *Row) {
	if !slices.Contains(Results(), row.Result) {
		row.Message = strings.TrimSpace(fmt.Sprintf("the result %q is none of the five\n%s", row.Result, row.Message))
		row.Result = Unknown
	}
	for i, seen := range row.Evidence {
		if seen.File != "" && !inside(seen.File) {
			row.Evidence[i].Text = strings.TrimSpace(fmt.Sprintf("%s\n(%s is not below the report)", seen.Text, seen.File))
			row.Evidence[i].File = ""
		}
	}
	// JSON has no NaN; what was measured is kept as text rather than losing the report over it.
	row.Figures = slices.DeleteFunc(row.Figures, func(f Figure) bool {
		if !math.IsNaN(f.Value) && !math.IsInf(f.Value, 0) {
			return false
		}
		row.Evidence = append(row.Evidence, Evidence{Name: f.Name, Text: fmt.Sprintf("%v %s: not a number", f.Value, f.Unit)})
		return true
	})
	if len(row.Figures) == 0 {
		row.Figures = nil
	}
}

// inside says that a path of evidence stays below the report, so that a page never links out of its folder.
func inside(file string) bool {
	return filepath.IsLocal(filepath.FromSlash(file)) && path.Clean(file) == file && !strings.Contains(file, `\`)
}

// cleaned copies a value with every text in it made printable and scrubbed. It walks by reflection so that a field added
// later cannot be forgotten.
func cleaned(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(Scrub(printable(v.String()))).Convert(v.Type())
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			list.Index(i).Set(cleaned(v.Index(i)))
		}
		return list
	case reflect.Map:
		return cleanedMap(v)
	case reflect.Struct:
		return cleanedStruct(v)
	}
	return v
}

func cleanedStruct(v reflect.Value) reflect.Value {
	if at, ok := v.Interface().(time.Time); ok {
		return reflect.ValueOf(at.UTC().Round(0)) // without the monotonic reading, which equality would see
	}
	fields := reflect.New(v.Type()).Elem()
	for i := range v.NumField() {
		field := cleaned(v.Field(i))
		optional := strings.HasSuffix(v.Type().Field(i).Tag.Get("json"), ",omitempty")
		if collection := field.Kind() == reflect.Slice || field.Kind() == reflect.Map; optional && collection && field.Len() == 0 {
			field = reflect.Zero(field.Type()) // as it will come back from JSON
		}
		fields.Field(i).Set(field)
	}
	return fields
}

// cleanedMap visits keys in order, so that two keys that become one by cleaning leave the same value each time.
func cleanedMap(v reflect.Value) reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	clean := reflect.MakeMapWithSize(v.Type(), len(keys))
	for _, key := range keys {
		clean.SetMapIndex(cleaned(key), cleaned(v.MapIndex(key)))
	}
	return clean
}
