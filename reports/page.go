package reports

import (
	"maps"
	"slices"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// page is a report arranged for reading: everything the template would otherwise have to compute.
type page struct {
	Report
	Title, Headline string
	Tone            string // class of the verdict: good, bad, open, selftest
	SubjectLine     string
	Took            time.Duration

	Counts   []count
	Troubles []Row // what to look at first
	Blocked  int

	BlockedNames string
	Facts        []pair
	Timeline     []stage
	Areas        []area
	Claims       []Claim
	Proof        *proofView
	Settings     []pair
	Images       []pair
	Command      string

	rows, claims map[string]bool
}

type pair struct{ Name, Value string }

type count struct {
	Result Result
	N      int
}

// entry is a row with the page around it, whose links it needs.
type entry struct {
	stage
	Page page
}

// Entry returns a check's row for its template.
func (p page) Entry(r Row) entry { return entry{stage{Row: r}, p} }

// Stage returns a bar of the timeline for its template.
func (p page) Stage(s stage) entry { return entry{s, p} }

// nameList is names with the page whose rows they link to.
type nameList struct {
	Names []string
	Page  page
}

// Names returns a list of row names for its template.
func (p page) Names(names []string) nameList { return nameList{names, p} }

// Open says that the row is shown unfolded: a person came here because of it. What is blocked explains nothing.
func (e entry) Open() bool { return e.Result == Failed || e.Result == Unknown }

// HasRow tells a step from the stage that stands for all checks.
func (e entry) HasRow() bool { return e.Page.HasRow(e.Name) }

// Label is the name of a step in words: "create platform" for "step/create-platform".
func (e entry) Label() string {
	return strings.ReplaceAll(strings.TrimPrefix(e.Name, StepArea+"/"), "-", " ")
}

// Aside is why a row that stays folded did not run.
func (e entry) Aside() string {
	if e.Result == Skipped || e.Result == Blocked {
		return gist(e.Row)
	}
	return ""
}

// Bare says that there is nothing behind the row's first line.
func (e entry) Bare() bool {
	return e.Cause == "" && e.Message == "" && e.Spec == "" &&
		len(e.Attempts)+len(e.Steps)+len(e.Evidence)+len(e.Figures)+len(e.Claims) == 0
}

type proofView struct {
	proof
	Kills []Kill
}

// pageOf arranges a finished report.
func pageOf(r Report) page {
	p := page{
		Report: r, Title: Title(r), Headline: Headline(r), Tone: toneOf(r),
		SubjectLine: subjectLine(r.Subject), Took: elapsed(r),
		Facts: factsOf(r), Timeline: timelineOf(r), Areas: worstAreas(checks(r.Rows)), Claims: claimsByStanding(r.Claims),
		Settings: pairs(r.Subject.Settings), Images: pairs(r.Subject.Images), Command: shellescape.QuoteCommand(r.Plan.Command),
		rows: map[string]bool{}, claims: map[string]bool{},
	}
	tally := Count(checks(r.Rows))
	for _, result := range Results() {
		p.Counts = append(p.Counts, count{result, tally.Of(result)})
	}
	p.Blocked, p.BlockedNames = tally.Blocked, named(namesOf(checks(r.Rows), Blocked))
	for _, row := range worstFirst(r.Rows) {
		p.rows[row.Name] = true
		if row.Result == Failed || row.Result == Unknown {
			p.Troubles = append(p.Troubles, row)
		}
	}
	for _, claim := range r.Claims {
		p.claims[claim.ID] = true
	}
	if len(r.Proof) > 0 {
		p.Proof = &proofView{proof: proofOf(r), Kills: survivorsFirst(r.Proof)}
	}
	return p
}

// HasRow says whether a link to a row leads anywhere.
func (p page) HasRow(name string) bool { return p.rows[name] }

// HasClaim says whether a link to a claim leads anywhere.
func (p page) HasClaim(id string) bool { return p.claims[id] }

// Checks returns the number of rows the filter works on.
func (p page) Checks() int { return Count(checks(p.Rows)).Total() }

// toneOf is the class of a report; a proof run has no verdict to take it from.
func toneOf(r Report) string {
	switch {
	case !proofRun(r):
		return tone(r.SelfTest, r.Verdict)
	case len(proofOf(r).Unproven()) > 0:
		return "bad"
	}
	return tone(r.SelfTest, Conformant)
}

// tone is the class of a verdict. A stand-in's pass is never shown in the colour of a real one.
func tone(selfTest bool, v Verdict) string {
	switch {
	case selfTest && v == Conformant:
		return "selftest"
	case v == Conformant:
		return "good"
	case v == NotConformant:
		return "bad"
	}
	return "open"
}

// factsOf leaves out what a run that stopped early could not read back.
func factsOf(r Report) []pair {
	s := r.Subject
	facts := []pair{
		{"Platform", s.Platform}, {"Primary CNI", s.CNI}, {"Istio", s.Istio}, {"Kubernetes", s.Kubernetes},
		{"Ran as ztunnel", s.Dataplane}, {"Kernel", strings.Join(compact(s.Kernel, s.Architecture), ", ")},
		{"Cluster", s.Cluster}, {"Runner", s.Runner},
	}
	return slices.DeleteFunc(facts, func(p pair) bool { return p.Value == "" })
}

// pairs sorts a map, for equal bytes.
func pairs(m map[string]string) []pair {
	var list []pair
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, pair{key, m[key]})
	}
	return list
}

// worstAreas groups checks by area; areas with worse results come first, and so do worse rows within an area.
func worstAreas(rows []Row) []area {
	groups := areas(rows)
	for i := range groups {
		groups[i].Rows = worstFirst(groups[i].Rows)
	}
	slices.SortStableFunc(groups, func(a, b area) int {
		return severity(a.Rows[0].Result) - severity(b.Rows[0].Result)
	})
	return groups
}

// Tally counts the area's results.
func (a area) Tally() []count {
	tally := Count(a.Rows)
	var counts []count
	for _, result := range Results() {
		if n := tally.Of(result); n > 0 {
			counts = append(counts, count{result, n})
		}
	}
	return counts
}

// claimsByStanding puts contradictions first and what this run cannot say last.
func claimsByStanding(claims []Claim) []Claim {
	order := []Standing{Contradicted, Confirmed, Superseded, NotExercised}
	sorted := slices.Clone(claims)
	slices.SortStableFunc(sorted, func(a, b Claim) int {
		return slices.Index(order, a.Standing) - slices.Index(order, b.Standing)
	})
	return sorted
}
