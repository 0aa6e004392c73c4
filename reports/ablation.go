package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Ablation is what became of a mesh when one documented setting was taken away.
type Ablation struct {
	Setting string `json:"setting"`
	With    string `json:"with"` // CNI variants that were compared
	Without string `json:"without"`
	Flipped []Flip `json:"flipped"` // rows that were green with the setting and are red without
	// Findings are how that differs from what is documented, a sentence each.
	Findings []string `json:"findings"`
}

// Flip is a row that turned red.
type Flip struct {
	Row     string `json:"row"`
	CauseID string `json:"causeId"`
}

// Ablate compares a run with a setting with one without it. That nothing flips is a finding, too: the documentation asks
// for something that was not needed.
func Ablate(setting string, with, without Report) Ablation {
	a := Ablation{Setting: setting, With: with.Subject.CNI, Without: without.Subject.CNI}
	before := map[string]Row{}
	for _, row := range with.Rows {
		before[row.Name] = row
		if row.Result == Failed || row.Result == Unknown {
			a.Findings = append(a.Findings, fmt.Sprintf("%s is %s with the setting as well", row.Name, row.Result))
		}
	}
	for _, row := range without.Rows {
		if row.Result == Failed && before[row.Name].Result == Passed {
			a.Flipped = append(a.Flipped, Flip{row.Name, row.CauseID})
		}
	}
	if len(a.Flipped) == 0 {
		a.Findings = append(a.Findings, "nothing flips: the setting made no difference to what was examined")
	}
	if without.Expected != nil {
		a.Findings = append(a.Findings, surprises(without)...)
	} else if len(a.Flipped) > 0 {
		a.Findings = append(a.Findings, "no check is documented to flip")
	}
	return a
}

// AblationTable writes ablations as a Markdown table.
func AblationTable(w io.Writer, ablations []Ablation) error {
	var b strings.Builder
	b.WriteString("| setting taken away | compared | flipped, for cause | against what is documented |\n|---|---|---|---|\n")
	for _, a := range ablations {
		flips := make([]string, len(a.Flipped))
		for i, flip := range a.Flipped {
			flips[i] = flip.Row + " (" + flip.CauseID + ")"
		}
		slices.Sort(flips)
		fmt.Fprintf(&b, "| `%s` | %s, %s | %s | %s |\n", a.Setting, a.With, a.Without, orNone(flips), orNone(a.Findings))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, "; ")
}
