package reports

import "fmt"

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
	explained := false // a step that fails as expected blocks what comes after it
	for _, row := range r.Rows {
		want, expected := r.Expected.Causes[row.Name]
		switch {
		case row.Result == Skipped || !row.IsStep() && !row.Decides():
		case expected && row.Result == Passed:
			found = append(found, fmt.Sprintf("%s passed, and is documented to fail for %s", row.Name, want))
		case expected && row.Result == Failed && row.CauseID != want:
			found = append(found, fmt.Sprintf("%s failed for %s, and is documented to fail for %s", row.Name, row.CauseID, want))
		case expected && row.Result == Failed:
			explained = explained || row.IsStep()
		case row.Result == Failed:
			found = append(found, fmt.Sprintf("%s failed, and is documented to pass", row.Name))
		case row.Result == Unknown:
			found = append(found, row.Name+" could not be observed")
		case row.Result == Blocked && !explained:
			found = append(found, row.Name+" never began")
		}
	}
	return found
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
