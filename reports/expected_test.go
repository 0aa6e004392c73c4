package reports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSurprises(t *testing.T) {
	check := func(name string, result Result, cause string) Row {
		return Row{Name: name, Area: "probes", Level: LevelCore, Result: result, CauseID: cause}
	}
	step := func(result Result, cause string) Row {
		return Row{Name: "step/install-mesh", Area: StepArea, Result: result, CauseID: cause}
	}
	for name, row := range map[string]struct {
		causes map[string]string
		rows   []Row
		want   string // all surprises, joined
		code   int
	}{
		"as documented":         {map[string]string{"A": "x"}, []Row{check("A", Failed, "x"), check("B", Passed, "")}, "", 0},
		"another cause":         {map[string]string{"A": "x"}, []Row{check("A", Failed, "y")}, "A failed for y, and is documented to fail for x", 1},
		"a pass":                {map[string]string{"A": "x"}, []Row{check("A", Passed, "")}, "A passed, and is documented to fail for x", 1},
		"one more":              {map[string]string{"A": "x"}, []Row{check("A", Failed, "x"), check("B", Failed, "x")}, "B failed, and is documented to pass", 1},
		"not observed":          {map[string]string{"A": "x"}, []Row{check("A", Unknown, "")}, "A could not be observed", 1},
		"not selected":          {map[string]string{"A": "x"}, []Row{check("A", Skipped, ""), check("B", Passed, "")}, "", 0},
		"measured never counts": {map[string]string{"A": "x"}, []Row{check("A", Failed, "x"), {Name: "M", Area: "probes", Level: LevelMeasured, Result: Failed}}, "", 0},
		"the installation":      {map[string]string{"step/install-mesh": "x"}, []Row{step(Failed, "x"), check("A", Blocked, "")}, "", 0},
		"installed after all":   {map[string]string{"step/install-mesh": "x"}, []Row{step(Passed, ""), check("A", Passed, "")}, "step/install-mesh passed, and is documented to fail for x", 1},
		"blocked for no known reason": {map[string]string{"A": "x"}, []Row{step(Failed, "y"), check("A", Blocked, "")},
			"step/install-mesh failed, and is documented to pass; A never began", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := Finish(Report{Rows: row.rows, Expected: &Expected{Causes: row.causes, Why: "w", Spec: "https://example"}})
			if diff := cmp.Diff(row.want, strings.Join(r.Expected.Surprises, "; ")); diff != "" {
				t.Errorf("surprises differ (-want +got):\n%s", diff)
			}
			if got := r.ExitCode(); got != row.code {
				t.Errorf("exit code %d, want %d", got, row.code)
			}
		})
	}
}

// TestDocumentedFailuresKeepAPipelineGreen: JUnit is what decides there.
func TestDocumentedFailuresKeepAPipelineGreen(t *testing.T) {
	r := Report{
		Rows:     []Row{{Name: "A", Area: "probes", Level: LevelCore, Result: Failed, CauseID: "x", Message: "gone"}},
		Expected: &Expected{Causes: map[string]string{"A": "x"}, Why: "w", Spec: "https://example"},
	}
	var out strings.Builder
	if err := JUnit(&out, r); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "<failure") || !strings.Contains(text, "failed as documented, for x") {
		t.Errorf("the case is not shown as documented:\n%s", text)
	}
	cell := Merge(Entry{Report: r}).Cells[0]
	if !cell.asDocumented() {
		t.Error("the matrix does not know that it failed as documented")
	}
	if verdict, reason := Merge(Entry{Report: r}).Verdict(); verdict != Conformant || !strings.Contains(reason, "1 more failed as documented") {
		t.Errorf("the night is %s: %s", verdict, reason)
	}
}

// TestAPlannedCheckWithoutARowIsASurprise: a run that was cut short did not end as documented.
func TestAPlannedCheckWithoutARowIsASurprise(t *testing.T) {
	r := Finish(Report{Plan: Plan{Checks: []string{"A"}}, Expected: &Expected{Causes: map[string]string{"A": "x"}}})
	if r.AsDocumented() || r.ExitCode() != 1 {
		t.Errorf("exit code %d, surprises %v", r.ExitCode(), r.Expected.Surprises)
	}
}
