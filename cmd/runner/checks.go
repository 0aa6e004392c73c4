package main

import (
	"io"
	"slices"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// discard swallows Ginkgo's own output: the console shows rows as they end, in the order in which they do.
var discard = io.Discard

// skipped says for every check of the catalogue that does not run why it does not: it was not selected, or the gate
// keeps it out.
func (r *run) skipped() map[string]string {
	reasons := map[string]string{}
	r.catalogue.Each(func(_ suites.Area, check suites.Check) {
		switch missing := r.site().Missing(check); {
		case !slices.Contains(r.selected, check.Name):
			reasons[check.Name] = "not selected"
		case missing != "":
			reasons[check.Name] = missing
		}
	})
	return reasons
}

// trials are the selected checks that run here: as they are and, to prove them, once more per break. A check that is red
// as it is would be red when broken, too, and prove nothing.
func (r *run) trials() []*suites.Trial {
	skipped := r.skipped()
	var trials []*suites.Trial
	r.catalogue.Each(func(area suites.Area, check suites.Check) {
		if skipped[check.Name] != "" {
			return
		}
		trials = append(trials, &suites.Trial{Area: area, Check: check})
		if !r.prove {
			return
		}
		for i := range check.Breaks {
			if len(check.Breaks[i].Faults) == 0 || r.supply.selfTest {
				trials = append(trials, &suites.Trial{Area: area, Check: check, Break: &check.Breaks[i]})
			}
		}
	})
	expected := r.expected()
	for _, trial := range trials {
		if r.prove || expected != nil && expected.Causes[trial.Check.Name] != "" {
			trial.Waits = waitsInVain(trial)
		}
	}
	return trials
}

// waitsInVain are short: for trials of a proof, most of which end by waiting in vain, and for checks that a CNI variant is
// documented to fail. What is healthy after all passes within them, too.
func waitsInVain(trial *suites.Trial) fixtures.Waits {
	switch {
	case trial.Break != nil && trial.Break.Patient:
		return fixtures.Patient
	case trial.Alone():
		return fixtures.Alone
	}
	return fixtures.Hurried
}

// checkRows are the rows of all selected checks in report order: those that ran, those that were skipped with the
// reason, and, when the run did not get that far, those that were blocked.
func (r *run) checkRows() []reports.Row {
	ran := map[string]reports.Row{}
	if r.session != nil && r.session.Started() {
		for _, row := range r.session.Rows() {
			ran[row.Name] = row
		}
	}
	skipped := r.skipped()
	var rows []reports.Row
	r.catalogue.Each(func(area suites.Area, check suites.Check) {
		row, done := ran[check.Name]
		if !done {
			row = suites.Blank(area, check)
			row.Result, row.Message = reports.Blocked, "never began"
			if r.stopped != nil {
				row.Message = r.stopped.Error()
			}
		}
		if reason := skipped[check.Name]; reason != "" {
			row.Result, row.Message = reports.Skipped, reason
		}
		rows = append(rows, row)
	})
	return rows
}
