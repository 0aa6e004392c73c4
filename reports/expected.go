package reports

import (
	"fmt"
	"maps"
	"slices"
)

// AsDocumented says whether the subject failed, and exactly as it is documented to.
func (r Report) AsDocumented() bool {
	return r.Expected != nil && len(r.Expected.Surprises) == 0
}

// ExitCode is the process exit code of a run: that of its verdict, unless the subject was expected to fail. Then it is 0
// when it failed as documented, and 1 when it did anything else.
func (r Report) ExitCode() int {
	switch {
	case r.Expected == nil:
		return r.Verdict.ExitCode()
	case r.AsDocumented():
		return Conformant.ExitCode()
	}
	return NotConformant.ExitCode()
}

// surprises says how the rows differ from what is expected.
func surprises(r Report) []string {
	var found []string
	missing := map[string]bool{}
	for _, name := range r.Plan.Checks {
		missing[name] = true
	}
	explained := false // a step that fails as expected blocks what comes after it
	for _, row := range r.Rows {
		want, expected := r.Expected.Causes[row.Name]
		switch {
		case row.Result == Skipped || !row.IsStep() && !row.Decides():
		case expected && row.Result == Passed:
			found = append(found, fmt.Sprintf("%s passed, and is documented to fail for %s", row.Name, want))
		case r.Expected.Met(row):
			explained = explained || row.IsStep()
		case expected && row.Result == Failed:
			found = append(found, fmt.Sprintf("%s failed for %s, and is documented to fail for %s", row.Name, row.CauseID, want))
		case row.Result == Failed:
			found = append(found, fmt.Sprintf("%s failed, and is documented to pass", row.Name))
		case row.Result == Unknown:
			found = append(found, row.Name+" could not be observed")
		case row.Result == Blocked && !explained:
			found = append(found, row.Name+" never began")
		}
		delete(missing, row.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		found = append(found, name+" is planned, and has no result")
	}
	return found
}

// Met says whether a row failed exactly as it is documented to. Nothing meets an expectation that is not there.
func (e *Expected) Met(row Row) bool {
	return e != nil && row.Result == Failed && row.CauseID != "" && e.Causes[row.Name] == row.CauseID
}

// standing is how a headline goes on where the subject was expected to fail.
func (r Report) standing() string {
	switch {
	case r.Expected == nil:
		return ""
	case r.AsDocumented():
		return ", as documented"
	}
	return ", and not as documented"
}
