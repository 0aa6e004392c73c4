package reports

import (
	"fmt"
	"io"
	"maps"
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

// VariantTable writes what each variant was documented to show and what it showed, as a Markdown table. Times are those of
// whole runs, from the cluster to the verdict.
func VariantTable(w io.Writer, variants []Report) error {
	var b strings.Builder
	b.WriteString("| variant | documented | seen | causes | took |\n|---|---|---|---|---|\n")
	for _, r := range variants {
		fmt.Fprintf(&b, "| `%s` | %s | %s%s | %s | %s |\n", r.Subject.CNI, r.Expected.documented(), seen(r), r.standing(), orNone(causesOf(r)), took(elapsed(r)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// documented says in a few words what must be red.
func (e *Expected) documented() string {
	if e == nil {
		return "conformant"
	}
	checks := 0
	for name := range e.Causes {
		if strings.HasPrefix(name, StepArea+"/") {
			return name + " fails"
		}
		checks++
	}
	return plural(checks, "check") + " of the catalogue to fail"
}

// seen says in a few words how a run ended.
func seen(r Report) string {
	for _, step := range steps(r.Rows) {
		if step.Result == Failed {
			return step.Name + " failed"
		}
	}
	tally := Count(deciding(r.Rows))
	words := []string{fmt.Sprintf("%d of %s passed", tally.Passed, plural(tally.Total()-tally.Skipped, "check"))}
	if tally.Failed > 0 {
		words = append(words, fmt.Sprintf("%d failed", tally.Failed))
	}
	if open := tally.Unknown + tally.Blocked; open > 0 {
		words = append(words, fmt.Sprintf("%d open", open))
	}
	return strings.Join(words, ", ")
}

// causesOf lists the causes of red rows, each with how many rows name it.
func causesOf(r Report) (list []string) {
	rows := map[string]int{}
	for _, row := range r.Rows {
		if row.Result == Failed {
			rows[row.CauseID]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		list = append(list, fmt.Sprintf("%s (%d)", id, rows[id]))
	}
	return list
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, "; ")
}
