package reports

import (
	"fmt"
	"slices"
	"strings"
)

// Decide draws the verdict from the rows and says why in one sentence. Only checks of level core and extended decide:
// one that failed is enough against; one that could not be observed, never began or has no row leaves it open; and
// without a single pass there is nothing to be conformant about, however many were skipped. Steps never decide, but the
// sentence names the step that kept checks from running. A report that holds a proof and no checks is undecided: it says
// something of the checks, not of the subject.
func Decide(r Report) (Verdict, string) {
	if proofRun(r) {
		return Undecided, proofReason(r)
	}
	s := survey(r)
	switch {
	case len(s.failed) > 0:
		return NotConformant, s.failure()
	case len(s.unknown)+len(s.blocked)+len(s.missing) > 0:
		return Undecided, s.doubt()
	case s.passed == 0:
		return Undecided, s.nothing()
	}
	return Conformant, s.success()
}

// ExitCode is the process exit code a verdict stands for: 0 conformant, 1 not conformant, 2 could not tell.
func (v Verdict) ExitCode() int {
	switch v {
	case Conformant:
		return 0
	case NotConformant:
		return 1
	}
	return 2
}

// findings sorts the deciding checks of a report by result.
type findings struct {
	passed, retried, skipped int
	failed, unknown, blocked []string
	missing                  []string // planned, yet without a row
	unattributed             int      // failed, and nothing that was seen explains it
	brokenSteps              []string // steps that did not pass
}

// survey sorts the rows. A planned check without a row counts, so that a run cut short never looks complete.
func survey(r Report) findings {
	var s findings
	seen := map[string]bool{}
	for _, row := range r.Rows {
		seen[row.Name] = true
		if row.IsStep() && (row.Result == Failed || row.Result == Unknown) {
			s.brokenSteps = append(s.brokenSteps, "the step "+strings.TrimPrefix(row.Name, StepArea+"/"))
		}
		if row.Decides() {
			s.add(row)
		}
	}
	for _, name := range r.Plan.Checks {
		if !seen[name] {
			s.missing = append(s.missing, name)
		}
	}
	return s
}

func (s *findings) add(row Row) {
	switch row.Result {
	case Passed:
		s.passed++
		if len(row.Attempts) > 0 {
			s.retried++
		}
	case Skipped:
		s.skipped++
	case Failed:
		s.failed = append(s.failed, row.Name)
		if row.CauseID == Unattributed {
			s.unattributed++
		}
	case Blocked:
		s.blocked = append(s.blocked, row.Name)
	default:
		s.unknown = append(s.unknown, row.Name)
	}
}

// total leaves skipped checks out: they do not apply to this subject.
func (s findings) total() int {
	return s.passed + len(s.failed) + len(s.unknown) + len(s.blocked) + len(s.missing)
}

// failure names what failed first, because a reader may stop there, and then what is still open.
func (s findings) failure() string {
	parts := []string{fmt.Sprintf("%d of %s failed: %s", len(s.failed), plural(s.total(), "check"), named(s.failed))}
	if s.unattributed > 0 {
		parts = append(parts, fmt.Sprintf("%d of them without a known cause", s.unattributed))
	}
	return strings.Join(slices.Concat(parts, s.open()), "; ")
}

// doubt says why there is no verdict; a step that broke explains the checks behind it.
func (s findings) doubt() string {
	parts := s.open()
	if len(s.blocked)+len(s.missing) > 0 && len(s.brokenSteps) > 0 {
		parts = slices.Insert(parts, 0, s.brokenSteps[0]+" did not succeed")
	}
	return fmt.Sprintf("%s; %d of %s passed", strings.Join(parts, "; "), s.passed, plural(s.total(), "check"))
}

// open lists what is still open, most telling first.
func (s findings) open() []string {
	var parts []string
	if len(s.unknown) > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be observed: %s", len(s.unknown), named(s.unknown)))
	}
	if len(s.blocked) > 0 {
		parts = append(parts, fmt.Sprintf("%d never began: %s", len(s.blocked), named(s.blocked)))
	}
	if len(s.missing) > 0 {
		parts = append(parts, fmt.Sprintf("%d planned without a result: %s", len(s.missing), named(s.missing)))
	}
	return parts
}

// nothing tells a run that could not begin from one in which nothing applied.
func (s findings) nothing() string {
	switch {
	case len(s.brokenSteps) > 0:
		return fmt.Sprintf("%s did not succeed, so no check that decides was run", s.brokenSteps[0])
	case s.skipped > 0:
		return fmt.Sprintf("no check that decides was run: %s skipped", plural(s.skipped, "check"))
	}
	return "no check that decides was run"
}

// success still tells what a release manager would want to ask about: retries, skips, steps that broke.
func (s findings) success() string {
	parts := []string{fmt.Sprintf("%d of %s passed", s.passed, plural(s.total(), "check"))}
	if s.retried > 0 {
		parts = append(parts, fmt.Sprintf("%d of them only when retried", s.retried))
	}
	if s.skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", s.skipped))
	}
	for _, step := range s.brokenSteps {
		parts = append(parts, step+" did not succeed")
	}
	return strings.Join(parts, "; ")
}

// named lists the first three names: a sentence is not a table.
func named(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
