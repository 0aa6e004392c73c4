package suites

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestFile(t *testing.T) {
	for name, want := range map[string]string{
		"StrictRefusesPlaintext": "strict-refuses-plaintext",
		"CrossNodeMTLS":          "cross-node-mtls",
		"UID1337StaysCaptured":   "uid1337-stays-captured",
		"MySQLServerSpeaksFirst": "my-sql-server-speaks-first",
	} {
		if got := (Check{Name: name}).File(); got != want {
			t.Errorf("%s is kept in %s, want %s", name, got, want)
		}
	}
}

func TestMissing(t *testing.T) {
	site := Site{Install: true}
	if reason := site.Missing(Check{Needs: []Feature{Install}}); reason != "" {
		t.Errorf("kept out although the site has it: %s", reason)
	}
	if reason := site.Missing(Check{Needs: []Feature{Install, TwoNodes}}); reason != "needs two nodes" {
		t.Errorf("reason is %q, want needs two nodes", reason)
	}
}

func sampleCatalogue() Catalogue {
	return Catalogue{
		{Name: "mtls", Manifests: fstest.MapFS{}, Checks: []Check{{Name: "Wire", Level: Core, Claims: []string{"overlay.mtls"}}}},
		{Name: "traffic", Checks: []Check{{Name: "HalfClose", Level: Extended}, {Name: "Names", Level: Core}}},
	}
}

func TestSelect(t *testing.T) {
	for _, row := range []struct {
		name      string
		selection Selection
		want      string // names, or the error's text
		wrong     bool
	}{
		{"everything", Selection{}, "Wire HalfClose Names", false},
		{"by level", Selection{LabelFilter: "level:core"}, "Wire Names", false},
		{"by claim", Selection{LabelFilter: "claim:overlay.mtls"}, "Wire", false},
		{"by area and name", Selection{Focus: []string{"^traffic"}, Skip: []string{"Names"}}, "HalfClose", false},
		{"a filter that is none", Selection{LabelFilter: "level:core &&"}, "parsing the label filter", true},
		{"a pattern that is none", Selection{Focus: []string{"("}}, "parsing the pattern", true},
		{"a skip that matches nothing", Selection{Skip: []string{"Nmaes"}}, `"Nmaes" matches none`, true},
		{"nothing left", Selection{Focus: []string{"Wire"}, Skip: []string{"Wire"}}, "none is left", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			names, err := sampleCatalogue().Select(row.selection)
			got := strings.Join(names, " ")
			if err != nil {
				got = err.Error()
			}
			if (err != nil) != row.wrong || !strings.Contains(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
