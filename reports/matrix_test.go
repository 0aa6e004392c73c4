package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	subject := func(istio string) Subject {
		return Subject{Platform: "kind", CNI: "default", Istio: istio, Kubernetes: "v1.36.2"}
	}
	run := func(istio string, result Result) Entry {
		return Entry{Report: Report{Subject: subject(istio), Rows: []Row{core("A", result)}}}
	}
	test := func(e Entry) Entry { e.Report.SelfTest = true; return e }

	for _, tc := range []struct {
		name    string
		entries []Entry
		cells   int
		verdict Verdict
		reason  string
	}{
		{"nothing", nil, 0, Undecided, "0 of 0 cells conformant"},
		{"all conformant", []Entry{run("1.30.4", Passed), run("1.31.1", Passed)}, 2, Conformant, "2 of 2 cells conformant"},
		{"one undecided", []Entry{run("1.30.4", Passed), run("1.31.1", Unknown)}, 2, Undecided,
			"1 of 2 cells conformant, 1 undecided"},
		{"one not conformant", []Entry{run("1.30.4", Unknown), run("1.31.1", Failed)}, 2, NotConformant,
			"0 of 2 cells conformant, 1 not conformant, 1 undecided"},
		{"runs of one cell that disagree", []Entry{run("1.31.1", Passed), run("1.31.1", Failed)}, 1, NotConformant,
			"0 of 1 cell conformant, 1 not conformant"},
		{"self-tests qualify nothing", []Entry{test(run("1.31.1", Passed))}, 1, Undecided,
			"0 of 0 cells conformant; self-tests, which qualify nothing: 1"},
		{"a failed self-test spoils nothing", []Entry{run("1.31.1", Passed), test(run("1.31.1", Failed))}, 2, Conformant,
			"1 of 1 cell conformant; self-tests, which qualify nothing: 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := Merge(tc.entries...)
			verdict, reason := m.Verdict()
			if len(m.Cells) != tc.cells || verdict != tc.verdict || reason != tc.reason {
				t.Errorf("%d cells, %s (%s); want %d, %s (%s)", len(m.Cells), verdict, reason, tc.cells, tc.verdict, tc.reason)
			}
		})
	}

	t.Run("leaves proof runs out and counts them", func(t *testing.T) {
		if m := Merge(Entry{Report: proofReport()}); len(m.Cells) != 0 || m.Proofs != 1 {
			t.Errorf("%d cells, %d proofs", len(m.Cells), m.Proofs)
		}
	})
	t.Run("finds what is not green, without what never began", func(t *testing.T) {
		var found []string
		for _, finding := range Merge(Entry{Report: richReport(), Page: "../x"}).Cells[0].Runs[0].Findings {
			found = append(found, finding.Row+" "+string(finding.Result))
		}
		want := []string{"StrictRefusesPlaintext failed", "BannerReachesClient failed", "DeadAppBecomesNotReady unknown",
			"RevertLeavesNoResidue passed"}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("links nowhere outside of its folder", func(t *testing.T) {
		if page := Merge(Entry{Report: richReport(), Page: "../x"}).Cells[0].Runs[0].Page; page != "" {
			t.Errorf("links to %s", page)
		}
	})
}
