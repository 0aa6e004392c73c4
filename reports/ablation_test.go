package reports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAblate(t *testing.T) {
	row := func(result Result, cause string) []Row {
		return []Row{{Name: "A", Level: LevelCore, Area: "probes", Result: result, CauseID: cause}}
	}
	expected := &Expected{Causes: map[string]string{"A": "x"}}
	for name, tc := range map[string]struct {
		with, without Report
		flips         int
		want          string
	}{
		"as documented":      {Report{Rows: row(Passed, "")}, Report{Rows: row(Failed, "x"), Expected: expected}, 1, ""},
		"another cause":      {Report{Rows: row(Passed, "")}, Report{Rows: row(Failed, "y"), Expected: expected}, 1, "A failed for y, and is documented to fail for x"},
		"nothing flips":      {Report{Rows: row(Passed, "")}, Report{Rows: row(Passed, ""), Expected: expected}, 0, "nothing flips: the setting made no difference to what was examined; A passed, and is documented to fail for x"},
		"red before":         {Report{Rows: row(Failed, "z")}, Report{Rows: row(Failed, "x"), Expected: expected}, 0, "A is failed with the setting as well; nothing flips: the setting made no difference to what was examined"},
		"nothing documented": {Report{Rows: row(Passed, "")}, Report{Rows: row(Failed, "x")}, 1, "no check is documented to flip"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Ablate("s", tc.with, tc.without)
			if len(got.Flipped) != tc.flips {
				t.Errorf("%d rows flipped, want %d", len(got.Flipped), tc.flips)
			}
			if diff := cmp.Diff(tc.want, strings.Join(got.Findings, "; ")); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}
