package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Entry is one report of a night, and where its page lies relative to the page of the matrix (slash-separated, may be
// empty).
type Entry struct {
	Report Report
	Page   string
}

// Matrix is what a night of runs says together.
type Matrix struct {
	Cells  []Cell `json:"cells"`  // sorted by subject
	Proofs int    `json:"proofs"` // reports left out, because they prove checks and examine nothing
}

// Cell is one subject with every run of it. Runs of a stand-in are a cell of their own: they qualify nothing.
type Cell struct {
	Platform   string  `json:"platform"`
	CNI        string  `json:"cni"`
	Istio      string  `json:"istio"`
	Kubernetes string  `json:"kubernetes"`
	SelfTest   bool    `json:"selfTest"`
	Verdict    Verdict `json:"verdict"` // the worst of its runs
	Reason     string  `json:"reason"`
	Runs       []Run   `json:"runs"` // latest first
}

// Run is one report within a cell.
type Run struct {
	Page    string        `json:"page,omitempty"`
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"durationNs"`
	Verdict Verdict       `json:"verdict"`
	Reason  string        `json:"reason"`
	// AsDocumented is true of a subject that is documented to fail, and failed so.
	AsDocumented bool      `json:"asDocumented,omitempty"`
	Checks       Tally     `json:"checks"`
	Findings     []Finding `json:"findings"` // rows a person should look at, worst first
}

// Finding is a row that is not simply green.
type Finding struct {
	Row    string `json:"row"`
	Result Result `json:"result"`
	Gist   string `json:"gist"`
}

// Merge arranges reports by what they examined. The order of the entries does not matter.
func Merge(entries ...Entry) Matrix {
	m, cells := Matrix{Cells: []Cell{}}, map[string]*Cell{}
	for _, entry := range entries {
		r := Finish(entry.Report)
		if proofRun(r) {
			m.Proofs++
			continue
		}
		cell := Cell{Platform: r.Subject.Platform, CNI: r.Subject.CNI, Istio: r.Subject.Istio,
			Kubernetes: r.Subject.Kubernetes, SelfTest: r.SelfTest}
		key := fmt.Sprintf("%q", cell.key())
		if cells[key] == nil {
			cells[key] = &cell
		}
		cells[key].Runs = append(cells[key].Runs, runOf(r, entry.Page))
	}
	for _, cell := range cells {
		cell.judge()
		m.Cells = append(m.Cells, *cell)
	}
	slices.SortFunc(m.Cells, func(a, b Cell) int { return slices.Compare(a.key(), b.key()) })
	return m
}

// Verdict is the night's: conformant when every cell that counts is, and there is one.
func (m Matrix) Verdict() (Verdict, string) {
	counting := m.counting()
	of := func(v Verdict) int {
		return len(slices.DeleteFunc(slices.Clone(counting), func(c Cell) bool { return c.Verdict != v }))
	}
	documented := len(slices.DeleteFunc(slices.Clone(counting), func(c Cell) bool { return !c.asDocumented() }))
	counting = slices.DeleteFunc(counting, Cell.asDocumented)
	good, bad := of(Conformant), of(NotConformant)
	reason := fmt.Sprintf("%d of %s conformant", good, plural(len(counting), "cell"))
	if documented > 0 {
		reason += fmt.Sprintf(", %d more failed as documented", documented)
	}
	if bad > 0 {
		reason += fmt.Sprintf(", %d not conformant", bad)
	}
	if open := len(counting) - good - bad; open > 0 {
		reason += fmt.Sprintf(", %d undecided", open)
	}
	if tests := len(m.Cells) - len(m.counting()); tests > 0 {
		reason += fmt.Sprintf("; self-tests, which qualify nothing: %d", tests)
	}
	switch {
	case bad > 0:
		return NotConformant, reason
	case len(counting)+documented == 0 || good < len(counting):
		return Undecided, reason
	}
	return Conformant, reason
}

// counting returns the cells that say something about Istio.
func (m Matrix) counting() []Cell {
	return slices.DeleteFunc(slices.Clone(m.Cells), func(c Cell) bool { return c.SelfTest })
}

// asDocumented says whether every run of a subject that is documented to fail failed so.
func (c Cell) asDocumented() bool {
	return !slices.ContainsFunc(c.Runs, func(r Run) bool { return !r.AsDocumented })
}

// key is what makes two reports runs of the same subject; it also orders the cells.
func (c Cell) key() []string {
	return []string{c.Platform, c.CNI, c.Istio, c.Kubernetes, fmt.Sprint(c.SelfTest)}
}

// Name names the subject in a line.
func (c Cell) Name() string {
	return strings.Join(compact(c.Platform, c.CNI, prefixed("Istio ", c.Istio), prefixed("Kubernetes ", c.Kubernetes)), " · ")
}

// judge takes the worst run as the cell's verdict: one red night of two is a finding, not an average.
func (c *Cell) judge() {
	slices.SortFunc(c.Runs, func(a, b Run) int {
		return cmp.Or(b.Started.Compare(a.Started), strings.Compare(a.Page, b.Page), strings.Compare(a.Reason, b.Reason))
	})
	gravity := func(r Run) int { return slices.Index([]Verdict{NotConformant, Undecided, Conformant}, r.Verdict) }
	worst := slices.MinFunc(c.Runs, func(a, b Run) int { return gravity(a) - gravity(b) })
	c.Verdict, c.Reason = worst.Verdict, worst.Reason
	if same := func(r Run) bool { return r.Verdict != worst.Verdict }; slices.ContainsFunc(c.Runs, same) {
		c.Reason = fmt.Sprintf("its %d runs disagree, the worst says: %s", len(c.Runs), worst.Reason)
	}
}

// runOf keeps of a report what the matrix shows; the rest is a link away.
func runOf(r Report, page string) Run {
	run := Run{Page: page, Started: r.Started, Took: elapsed(r), Verdict: r.Verdict, Reason: r.Reason, AsDocumented: r.AsDocumented(),
		Checks: Count(checks(r.Rows)), Findings: []Finding{}}
	if page != "" && !inside(page) {
		run.Page = "" // a page never links out of its folder
	}
	for _, row := range troubles(r.Rows) {
		if row.Result == Blocked {
			continue // the reason names the step; a line for each check would bury it
		}
		run.Findings = append(run.Findings, Finding{row.Name, row.Result, gist(row)})
	}
	return run
}
