package lifecycle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEntriesOfAProbeSetAreToldApart(t *testing.T) {
	pods := homes{"a": {"10.0.0.1", "fd00::1"}, "b": {"10.0.0.2"}}
	for _, row := range []struct {
		name            string
		entries         map[string]string
		known, ofFailed []string
	}{
		{"of the address it ran with", map[string]string{"10.0.0.1": "a"}, []string{"10.0.0.1"}, nil},
		{"of either family", map[string]string{"10.0.0.1": "a", "fd00::1": "a"}, []string{"10.0.0.1", "fd00::1"}, nil},
		{"of the address of another sandbox of it", map[string]string{"10.0.0.7": "a"}, nil, []string{"10.0.0.7"}},
		{"the same, and the address was another pod's before", map[string]string{"10.0.0.2": "a"}, nil, []string{"10.0.0.2"}},
		{"of nobody known, for an address of theirs", map[string]string{"10.0.0.1": ""}, []string{"10.0.0.1"}, nil},
		{"of somebody else", map[string]string{"10.0.0.9": "c"}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			known, ofFailed := pods.among(row.entries)
			if diff := cmp.Diff([][]string{row.known, row.ofFailed}, [][]string{known, ofFailed}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
