package reports

import (
	"strings"
	"testing"
	"time"

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

func TestVariantTable(t *testing.T) {
	began := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	run := func(variant string, expected *Expected, rows ...Row) Report {
		return Report{Subject: Subject{CNI: variant}, Expected: expected, Rows: rows, Started: began, Finished: began.Add(151 * time.Second)}
	}
	check := func(name string, result Result, cause string) Row {
		return Row{Name: name, Area: "probes", Level: LevelCore, Result: result, CauseID: cause}
	}
	var got strings.Builder
	err := VariantTable(&got, []Report{
		run("plain", nil, check("A", Passed, ""), check("B", Passed, ""), check("C", Skipped, ""),
			Row{Name: "D", Area: "probes", Level: LevelMeasured, Result: Passed}),
		run("half", &Expected{Causes: map[string]string{"A": "x"}}, check("A", Failed, "x"), check("B", Passed, "")),
		run("odd", &Expected{Causes: map[string]string{"A": "x"}, Surprises: []string{"A failed for y"}}, check("A", Failed, "y"), check("B", Unknown, "")),
		run("none", &Expected{Causes: map[string]string{"step/install-mesh": "x"}},
			Row{Name: "step/install-mesh", Area: StepArea, Result: Failed, CauseID: "x"}, check("A", Blocked, "")),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `| variant | documented | seen | causes | took |
|---|---|---|---|---|
| ` + "`plain`" + ` | conformant | 2 of 2 checks passed | nothing | 2 min 31 s |
| ` + "`half`" + ` | 1 check of the catalogue to fail | 1 of 2 checks passed, 1 failed, as documented | x (1) | 2 min 31 s |
| ` + "`odd`" + ` | 1 check of the catalogue to fail | 0 of 2 checks passed, 1 failed, 1 open, and not as documented | y (1) | 2 min 31 s |
| ` + "`none`" + ` | step/install-mesh fails | step/install-mesh failed, as documented | x (1) | 2 min 31 s |
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
