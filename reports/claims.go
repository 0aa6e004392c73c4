package reports

import (
	"fmt"
	"slices"
	"strings"
)

// ClaimText is a sentence of the documentation before a run has said anything about it.
type ClaimText struct {
	ID       string // as in Row.Claims: "overlay.mtls"
	Sentence string // in our words

	// Superseded, when not empty, is the version since which the sentence no longer describes the product, and what
	// changed: "1.27, which adds multi-network meshes".
	Superseded string
	// Elsewhere, when not empty, says why this run cannot exercise the claim ("needs EKS"). Rows that do win over it.
	Elsewhere string
}

// Standings says of each claim, in the given order, what the rows make of it: contradicted when any deciding row that
// bears on it failed, confirmed when every one of them passed, and not exercised otherwise, with the reason. A skipped
// row is not a pass: a promise examined in part is not confirmed.
func Standings(claims []ClaimText, rows []Row) []Claim {
	standings := make([]Claim, 0, len(claims))
	for _, text := range claims {
		bearing := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !slices.Contains(r.Claims, text.ID) })
		claim := Claim{ID: text.ID, Sentence: text.Sentence}
		for _, row := range bearing {
			claim.Rows = append(claim.Rows, row.Name)
		}
		claim.Standing, claim.Reason = stand(text, bearing)
		standings = append(standings, claim)
	}
	return standings
}

// stand weighs the rows that bear on a claim. What the product no longer promises is settled before any row is looked at.
func stand(text ClaimText, bearing []Row) (Standing, string) {
	rows := deciding(bearing)
	tally := Count(rows)
	switch {
	case text.Superseded != "":
		return Superseded, "since " + text.Superseded
	case tally.Failed > 0:
		return Contradicted, "failed: " + named(namesOf(rows, Failed))
	case len(rows) == 0 && text.Elsewhere != "":
		return NotExercised, text.Elsewhere
	case len(rows) == 0 && len(bearing) > 0:
		return NotExercised, "measured only"
	case len(rows) == 0:
		return NotExercised, "no check of this run bears on it"
	case tally.Passed == len(rows):
		return Confirmed, ""
	}
	return NotExercised, inPart(rows, tally)
}

// inPart says which rows kept a claim from being confirmed.
func inPart(rows []Row, tally Tally) string {
	var parts []string
	for _, result := range []Result{Unknown, Blocked, Skipped} {
		if names := namesOf(rows, result); len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", result, named(names)))
		}
	}
	if tally.Passed > 0 {
		parts = append(parts, fmt.Sprintf("passed in part, %d of %d", tally.Passed, len(rows)))
	}
	return strings.Join(parts, "; ")
}

// namesOf lists the rows of one result; a result outside the model counts as unknown here as everywhere.
func namesOf(rows []Row, result Result) []string {
	var names []string
	for _, row := range rows {
		if severity(row.Result) == severity(result) {
			names = append(names, row.Name)
		}
	}
	return names
}
