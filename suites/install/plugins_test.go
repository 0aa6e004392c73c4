package install

import (
	"slices"
	"testing"
)

func TestPluginsInForce(t *testing.T) {
	chained := `{"plugins":[{"type":"ptp"},{"type":"istio-cni"}]}`
	for _, row := range []struct {
		name  string
		files map[string]string
		want  []string // nil: an error
	}{
		{"a chain", map[string]string{"10-a.conflist": chained}, []string{"ptp", "istio-cni"}},
		{"the first by name", map[string]string{"10-a.conflist": chained, "05-b.conf": `{"type":"bridge"}`}, []string{"bridge"}},
		{"renamed away", map[string]string{"10-a.conflist": chained, "05-b.conflist.bak": "{"}, []string{"ptp", "istio-cni"}},
		{"broken", map[string]string{"10-a.conflist": "{"}, nil},
		{"none", map[string]string{"readme": ""}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := pluginsInForce(row.files)
			if !slices.Equal(got, row.want) || (err != nil) != (row.want == nil) {
				t.Errorf("plugins %v, error %v, want %v", got, err, row.want)
			}
		})
	}
}
