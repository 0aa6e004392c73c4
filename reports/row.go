package reports

import (
	"fmt"
	"slices"
	"time"
)

// Results lists the five results in the order people need them: what went wrong first.
func Results() []Result { return []Result{Failed, Unknown, Blocked, Passed, Skipped} }

// severity orders results as Results does; anything else counts as Unknown.
func severity(r Result) int {
	if i := slices.Index(Results(), r); i >= 0 {
		return i
	}
	return severity(Unknown)
}

// IsStep says that the row is a stage of the run and not a check.
func (r Row) IsStep() bool { return r.Area == StepArea }

// Decides says whether the row's result bears on the verdict and on claims.
func (r Row) Decides() bool {
	return !r.IsStep() && (r.Level == LevelCore || r.Level == LevelExtended)
}

// Retold says how a retried row came to its result ("passed on the 2nd attempt"); it is empty for a row tried once.
func (r Row) Retold() string {
	if len(r.Attempts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s on the %s attempt", r.Result, ordinal(len(r.Attempts)+1))
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// Tally counts rows by result.
type Tally struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
	Blocked int `json:"blocked"`
	Skipped int `json:"skipped"`
}

// Count tallies rows.
func Count(rows []Row) Tally {
	var t Tally
	for _, row := range rows {
		switch row.Result {
		case Passed:
			t.Passed++
		case Failed:
			t.Failed++
		case Blocked:
			t.Blocked++
		case Skipped:
			t.Skipped++
		default:
			t.Unknown++
		}
	}
	return t
}

// Of returns the count of one result.
func (t Tally) Of(r Result) int {
	return []int{t.Failed, t.Unknown, t.Blocked, t.Passed, t.Skipped}[severity(r)]
}

// Total returns the number of rows counted.
func (t Tally) Total() int { return t.Passed + t.Failed + t.Unknown + t.Blocked + t.Skipped }

// checks returns the rows that are not steps.
func checks(rows []Row) []Row {
	return slices.DeleteFunc(slices.Clone(rows), Row.IsStep)
}

// deciding returns the rows that the verdict is drawn from.
func deciding(rows []Row) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !r.Decides() })
}

// steps returns the rows that are.
func steps(rows []Row) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !r.IsStep() })
}

// worstFirst returns the rows by severity; rows of one result keep their order.
func worstFirst(rows []Row) []Row {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b Row) int { return severity(a.Result) - severity(b.Result) })
	return sorted
}

// area is the checks of one folder.
type area struct {
	Name string
	Rows []Row
}

// areas groups rows by area, in order of first appearance.
func areas(rows []Row) []area {
	var groups []area
	for _, row := range rows {
		i := slices.IndexFunc(groups, func(g area) bool { return g.Name == row.Area })
		if i < 0 {
			i = len(groups)
			groups = append(groups, area{Name: row.Area})
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	return groups
}

// spent adds up what rows took; where they ran side by side that is more than passed on the clock.
func spent(rows []Row) time.Duration {
	var total time.Duration
	for _, row := range rows {
		total += row.Duration
	}
	return total
}
