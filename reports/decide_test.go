package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// core makes a core check of a name and result.
func core(name string, result Result) Row {
	return Row{Name: name, Area: "mtls", Level: LevelCore, Result: result}
}

func TestDecide(t *testing.T) {
	extended := func(r Row) Row { r.Level = LevelExtended; return r }
	measured := func(r Row) Row { r.Level = LevelMeasured; return r }
	retried := func(r Row) Row { r.Attempts = []Attempt{{Result: Failed}}; return r }
	step := func(name string, result Result) Row { return Row{Name: "step/" + name, Area: StepArea, Result: result} }

	for _, tc := range []struct {
		name    string
		rows    []Row
		planned []string
		verdict Verdict
		reason  string
		exit    int
	}{
		{"nothing at all", nil, nil, Undecided, "no check that decides was run", 2},
		{"one core check passed", []Row{core("A", Passed)}, nil, Conformant, "1 of 1 check passed", 0},
		{"an extended check decides too", []Row{extended(core("A", Passed))}, nil, Conformant, "1 of 1 check passed", 0},
		{"a failure among passes", []Row{core("A", Passed), core("B", Failed)}, nil,
			NotConformant, "1 of 2 checks failed: B", 1},
		{"more failures than a sentence holds", []Row{core("A", Failed), core("B", Failed), core("C", Failed), core("D", Failed)}, nil,
			NotConformant, "4 of 4 checks failed: A, B, C and 1 more", 1},
		{"failed wins over unknown and blocked", []Row{core("A", Unknown), core("B", Failed), core("C", Blocked)}, nil,
			NotConformant, "1 of 3 checks failed: B; 1 could not be observed: A; 1 never began: C", 1},
		{"unknown among passes", []Row{core("A", Passed), core("B", Unknown)}, nil,
			Undecided, "1 could not be observed: B; 1 of 2 checks passed", 2},
		{"blocked by a step", []Row{step("install-ambient", Failed), core("A", Blocked)}, nil,
			Undecided, "the step install-ambient did not succeed; 1 never began: A; 0 of 1 check passed", 2},
		{"a step failed before any check had a row", []Row{step("create-platform", Failed)}, nil,
			Undecided, "the step create-platform did not succeed, so no check that decides was run", 2},
		{"skipped only", []Row{core("A", Skipped), core("B", Skipped)}, nil,
			Undecided, "no check that decides was run: 2 checks skipped", 2},
		{"skipped beside a pass", []Row{core("A", Passed), core("B", Skipped)}, nil,
			Conformant, "1 of 1 check passed; 1 skipped", 0},
		{"measured rows never decide for", []Row{measured(core("A", Passed))}, nil,
			Undecided, "no check that decides was run", 2},
		{"measured rows never decide against", []Row{core("A", Passed), measured(core("B", Failed))}, nil,
			Conformant, "1 of 1 check passed", 0},
		{"a check without a level decides nothing", []Row{{Name: "A", Area: "mtls", Result: Passed}}, nil,
			Undecided, "no check that decides was run", 2},
		{"retried passes are told", []Row{retried(core("A", Passed)), core("B", Passed)}, nil,
			Conformant, "2 of 2 checks passed; 1 of them only when retried", 0},
		{"a failed deletion does not decide but is told", []Row{core("A", Passed), step("delete-platform", Failed)}, nil,
			Conformant, "1 of 1 check passed; the step delete-platform did not succeed", 0},
		{"a planned check without a row", []Row{core("A", Passed)}, []string{"A", "B"},
			Undecided, "1 planned without a result: B; 1 of 2 checks passed", 2},
		{"a step failed before planned checks had rows", []Row{step("install-ambient", Failed)}, []string{"A"},
			Undecided, "the step install-ambient did not succeed; 1 planned without a result: A; 0 of 1 check passed", 2},
		{"a result that is none of the five", []Row{core("A", Passed), core("B", "pased")}, nil,
			Undecided, "1 could not be observed: B; 1 of 2 checks passed", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			verdict, reason := Decide(Report{Rows: tc.rows, Plan: Plan{Checks: tc.planned}})
			if verdict != tc.verdict || reason != tc.reason {
				t.Errorf("got %s (%s)\nwant %s (%s)", verdict, reason, tc.verdict, tc.reason)
			}
			if exit := verdict.ExitCode(); exit != tc.exit {
				t.Errorf("exit code %d, want %d", exit, tc.exit)
			}
		})
	}

	t.Run("a proof run says something of the checks only", func(t *testing.T) {
		verdict, reason := Decide(Report{Plan: Plan{Checks: []string{"A", "B", "C"}}, Proof: []Kill{
			{Check: "A", Killed: true, Result: Failed}, {Check: "A", Result: Passed}, {Check: "B", Result: Passed}}})
		want := "1 of 3 checks went red when broken; stayed green: B; never seen broken: C"
		if verdict != Undecided || reason != want {
			t.Errorf("got %s (%s)\nwant undecided (%s)", verdict, reason, want)
		}
	})

	t.Run("an unset verdict exits as could not tell", func(t *testing.T) {
		if exit := Verdict("").ExitCode(); exit != 2 {
			t.Errorf("exit code %d, want 2", exit)
		}
	})
}

func TestStandings(t *testing.T) {
	bearing := func(r Row) Row { r.Claims = []string{"overlay.mtls"}; return r }
	measured := func(r Row) Row { r.Level = LevelMeasured; return r }
	for _, tc := range []struct {
		name     string
		text     ClaimText
		rows     []Row
		standing Standing
		reason   string
	}{
		{"every deciding row passed", ClaimText{}, []Row{bearing(core("A", Passed)), bearing(core("B", Passed))}, Confirmed, ""},
		{"rows of other claims do not matter", ClaimText{}, []Row{bearing(core("A", Passed)), core("B", Failed)}, Confirmed, ""},
		{"one failed", ClaimText{}, []Row{bearing(core("A", Passed)), bearing(core("B", Failed))}, Contradicted, "failed: B"},
		{"a measured failure contradicts nothing", ClaimText{}, []Row{bearing(core("A", Passed)), bearing(measured(core("B", Failed)))}, Confirmed, ""},
		{"one unknown", ClaimText{}, []Row{bearing(core("A", Passed)), bearing(core("B", Unknown))}, NotExercised,
			"unknown: B; passed in part, 1 of 2"},
		{"one skipped", ClaimText{}, []Row{bearing(core("A", Passed)), bearing(core("B", Skipped))}, NotExercised,
			"skipped: B; passed in part, 1 of 2"},
		{"blocked", ClaimText{}, []Row{bearing(core("A", Blocked))}, NotExercised, "blocked: A"},
		{"measured only", ClaimText{}, []Row{bearing(measured(core("A", Passed)))}, NotExercised, "measured only"},
		{"no row", ClaimText{}, nil, NotExercised, "no check of this run bears on it"},
		{"not possible here", ClaimText{Elsewhere: "needs EKS"}, nil, NotExercised, "needs EKS"},
		{"superseded", ClaimText{Superseded: "1.27"}, []Row{bearing(core("A", Passed))}, Superseded, "since 1.27"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.text.ID, tc.text.Sentence = "overlay.mtls", "the overlay delivers mTLS"
			claims := Standings([]ClaimText{tc.text}, tc.rows)
			want := Claim{ID: "overlay.mtls", Sentence: "the overlay delivers mTLS", Standing: tc.standing, Reason: tc.reason}
			if diff := cmp.Diff(want, claims[0], cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Rows" }, cmp.Ignore())); diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("names the rows it rests on", func(t *testing.T) {
		claims := Standings([]ClaimText{{ID: "overlay.mtls"}}, []Row{bearing(core("A", Passed)), core("B", Passed)})
		if diff := cmp.Diff([]string{"A"}, claims[0].Rows); diff != "" {
			t.Error(diff)
		}
	})
}
