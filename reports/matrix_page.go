package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// MatrixHTML writes the matrix as one page that needs nothing else, in the manner of HTML.
func MatrixHTML(w io.Writer, m Matrix) error {
	return renderPage(w, "matrix.gohtml", matrixPageOf(m))
}

// matrixPage is a matrix arranged as a grid: a line for each platform and CNI, a column for each version of Istio.
type matrixPage struct {
	Matrix
	Headline, Reason, Tone string
	AllSelfTests           bool
	Columns                []string
	Lines                  []gridLine
	Rows                   []spread
}

// gridLine holds, for each column, the cells that meet there (one for each Kubernetes version, and self-tests apart).
type gridLine struct {
	Platform, CNI string
	Slots         [][]Cell
}

// spread is one row of the reports that is not green in some cells.
type spread struct {
	Row string
	In  []spot
}

type spot struct {
	Finding
	Cell Cell
	Page string
}

// matrixPageOf lays the cells out. Kubernetes versions stack within a slot: they differ by platform, and as columns they
// would leave the grid mostly empty.
func matrixPageOf(m Matrix) matrixPage {
	verdict, reason := m.Verdict()
	tests := len(m.Cells) > 0 && len(m.counting()) == 0
	p := matrixPage{Matrix: m, Headline: capital(string(verdict)), Reason: reason, Tone: tone(false, verdict),
		AllSelfTests: tests, Rows: spreads(m)}
	if tests {
		p.Headline, p.Tone = "SELF-TESTS only", "selftest"
	}
	for _, cell := range m.Cells {
		if !slices.Contains(p.Columns, cell.Istio) {
			p.Columns = append(p.Columns, cell.Istio)
		}
	}
	slices.Sort(p.Columns)
	for _, cell := range m.Cells {
		i := slices.IndexFunc(p.Lines, func(l gridLine) bool { return l.Platform == cell.Platform && l.CNI == cell.CNI })
		if i < 0 {
			i = len(p.Lines)
			p.Lines = append(p.Lines, gridLine{cell.Platform, cell.CNI, make([][]Cell, len(p.Columns))})
		}
		column := slices.Index(p.Columns, cell.Istio)
		p.Lines[i].Slots[column] = append(p.Lines[i].Slots[column], cell)
	}
	return p
}

// spreads gathers the findings of each cell's latest run by row; what fails in most cells comes first.
func spreads(m Matrix) []spread {
	var rows []spread
	for _, cell := range m.Cells {
		run := cell.Runs[0]
		for _, finding := range run.Findings {
			i := slices.IndexFunc(rows, func(s spread) bool { return s.Row == finding.Row })
			if i < 0 {
				i = len(rows)
				rows = append(rows, spread{Row: finding.Row})
			}
			rows[i].In = append(rows[i].In, spot{finding, cell, run.Page})
		}
	}
	slices.SortStableFunc(rows, func(a, b spread) int {
		if worst := a.worst() - b.worst(); worst != 0 {
			return worst
		}
		return len(b.In) - len(a.In)
	})
	return rows
}

func (s spread) worst() int {
	worst := severity(Skipped)
	for _, spot := range s.In {
		worst = min(worst, severity(spot.Result))
	}
	return worst
}

// Tone is the class of a cell.
func (c Cell) Tone() string { return tone(c.SelfTest, c.Verdict) }

// Headline is the cell's verdict as the formats show it.
func (c Cell) Headline() string { return headline(c.SelfTest, c.Verdict) }

// MatrixMarkdown writes the matrix for a CI summary: the grid, and what is not green.
func MatrixMarkdown(w io.Writer, m Matrix) error {
	p := matrixPageOf(m)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s\n", mdText(p.Headline))
	line("%s\n", mdText(capital(p.Reason)))
	if m.Proofs > 0 {
		line("Left out: %s.\n", plural(m.Proofs, "proof run"))
	}
	if p.AllSelfTests {
		line("> **SELF-TEST.** %s\n", mdText(SelfTestNotice))
	}
	line("| platform | CNI | %s |", strings.Join(mdTexts(p.Columns, "Istio "), " | "))
	line("|---|---|%s", strings.Repeat("---|", len(p.Columns)))
	for _, l := range p.Lines {
		slots := make([]string, 0, len(l.Slots))
		for _, cells := range l.Slots {
			var texts []string
			for _, cell := range cells {
				texts = append(texts, mdText(cell.Headline()+prefixed(", Kubernetes ", cell.Kubernetes)))
			}
			slots = append(slots, strings.Join(texts, "<br>"))
		}
		line("| %s | %s | %s |", mdText(l.Platform), mdText(l.CNI), strings.Join(slots, " | "))
	}
	for _, row := range p.Rows[:min(len(p.Rows), mostTroubleRows)] {
		line("\n**%s**", mdText(row.Row))
		for _, spot := range row.In {
			line("- %s %s, %s: %s", symbol(spot.Result), spot.Result, mdText(spot.Cell.Name()), mdText(spot.Gist))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func mdTexts(words []string, prefix string) []string {
	escaped := make([]string, 0, len(words))
	for _, word := range words {
		escaped = append(escaped, mdText(prefix+word))
	}
	return escaped
}
