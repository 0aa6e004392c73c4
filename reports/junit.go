package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The elements below are the part of the JUnit format that GitHub's reporters, GitLab and Jenkins all read. There is no
// standard; counts are attributes, times are seconds.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string       `xml:"name,attr"`
	Classname string       `xml:"classname,attr"`
	Time      string       `xml:"time,attr"`
	Failure   *junitReason `xml:"failure"`
	Error     *junitReason `xml:"error"`
	Skipped   *junitReason `xml:"skipped"`
	Output    *junitText   `xml:"system-out"`
}

// junitText stays readable in the file itself: newlines are newlines.
type junitText struct {
	Text string `xml:",cdata"`
}

type junitReason struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// JUnit writes the report as JUnit XML: a suite for each area, the steps of the run as one of them. Failed is a failure;
// unknown and blocked are errors of that type, so that the three stay apart; a skip carries its reason. Measured rows
// never decide, and a CI server decides by failures and errors: what kept one from passing makes it a skip here.
func JUnit(w io.Writer, r Report) error {
	r = Finish(r)
	tally := Count(weighed(slices.Concat(r.Rows, proofRows(r))))
	doc := junitSuites{
		Name: "ambient-conformance " + Title(r), Tests: tally.Total(), Failures: tally.Failed,
		Errors: tally.Unknown + tally.Blocked, Skipped: tally.Skipped, Time: seconds(elapsed(r)),
	}
	for _, group := range areas(slices.Concat(r.Rows, proofRows(r))) {
		doc.Suites = append(doc.Suites, suiteOf(r, group))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("encoding JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suiteOf is one area. Every suite carries the subject, because readers show suites one by one.
func suiteOf(r Report, group area) junitSuite {
	tally := Count(weighed(group.Rows))
	suite := junitSuite{
		Name: marked(r, group.Name), Tests: tally.Total(), Failures: tally.Failed,
		Errors: tally.Unknown + tally.Blocked, Skipped: tally.Skipped, Properties: properties(r),
	}
	var total time.Duration
	for _, row := range group.Rows {
		total += row.Duration
		suite.Cases = append(suite.Cases, caseOf(r, row))
		if started := row.Started; !started.IsZero() && suite.Timestamp == "" {
			// Without a zone, as the schemas in use demand; it is UTC.
			suite.Timestamp = started.Format("2006-01-02T15:04:05")
		}
	}
	suite.Time = seconds(total)
	return suite
}

// proofRows shows each break as a row that passes when its check noticed it.
func proofRows(r Report) []Row {
	var rows []Row
	for _, kill := range r.Proof {
		row := Row{Name: kill.Check + ": " + kill.Break, Area: "proof", Summary: "The check goes red when this is broken",
			Result: Unknown, Message: kill.Message, Duration: kill.Took}
		switch kill.Outcome() {
		case "noticed":
			row.Result = Passed
		case "not noticed":
			row.Result, row.Cause = Failed, "the check stayed green while broken"
		}
		rows = append(rows, row)
	}
	return rows
}

// marked puts the self-test in front of a name, because most readers show names and nothing else.
func marked(r Report, name string) string {
	if r.SelfTest {
		return "SELF-TEST " + name
	}
	return name
}

// properties describe the subject, in a fixed order.
func properties(r Report) []junitProperty {
	s := r.Subject
	list := []junitProperty{
		{"selfTest", fmt.Sprint(r.SelfTest)}, {"verdict", string(r.Verdict)}, {"reason", r.Reason},
		{"platform", s.Platform}, {"cni", s.CNI}, {"cluster", s.Cluster}, {"kubernetes", s.Kubernetes},
		{"istio", s.Istio}, {"dataplane", s.Dataplane}, {"runner", s.Runner}, {"kernel", s.Kernel},
		{"architecture", s.Architecture}, {"nodes", fmt.Sprint(len(s.Nodes))},
	}
	if r.SelfTest {
		list = append(list, junitProperty{"notice", SelfTestNotice})
	}
	return list
}

// caseOf is one row. The message is a line for lists; the text below it is all that was seen.
func caseOf(r Report, row Row) junitCase {
	c := junitCase{
		Name: row.Name, Time: seconds(row.Duration), Output: narrative(row),
		// The subject is part of the name, so that the cells of a matrix do not fall together in one view.
		Classname: marked(r, strings.Join(compact(r.Subject.Platform, r.Subject.CNI, row.Area), ".")),
	}
	reason := &junitReason{Type: string(row.Result), Message: gist(row), Text: row.Message}
	if spared(row) {
		c.Skipped = &junitReason{Message: "measured only, " + string(row.Result) + ": " + gist(row), Text: row.Message}
		return c
	}
	switch row.Result {
	case Failed:
		// What is documented to fail, and does so, must not turn a pipeline red.
		if r.Expected.Met(row) {
			c.Skipped = &junitReason{Message: "failed as documented, for " + row.CauseID + ": " + oneLine(row.Message)}
			break
		}
		c.Failure = reason
	case Unknown, Blocked:
		c.Error = reason
	case Skipped:
		c.Skipped = &junitReason{Message: oneLine(row.Message)}
	}
	return c
}

// spared says that a row went wrong and decides nothing.
func spared(row Row) bool {
	return row.Level == LevelMeasured && row.Result != Passed && row.Result != Skipped
}

// weighed are rows with the results that JUnit counts them by.
func weighed(rows []Row) []Row {
	counted := slices.Clone(rows)
	for i := range counted {
		if spared(counted[i]) {
			counted[i].Result = Skipped
		}
	}
	return counted
}

// narrative tells what a row did and saw, for the output pane of a CI server.
func narrative(row Row) *junitText {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if row.Summary != "" {
		line("%s", row.Summary)
	}
	if row.Level == LevelMeasured {
		line("measured only: never decides the verdict")
	}
	if row.Retold() != "" {
		line("%s", row.Retold())
	}
	for i, attempt := range row.Attempts {
		line("%s attempt %s after %s: %s", ordinal(i+1), attempt.Result, took(attempt.Duration), attempt.Message)
	}
	for _, step := range row.Steps {
		line("%s  %s", offset(step.At), step.Text)
	}
	if row.CauseID != "" {
		line("cause: %s", strings.Join(slices.Concat(compact(row.CauseID, row.CauseSpec), row.CauseEvidence), ", "))
	}
	for _, seen := range row.Evidence {
		line("evidence: %s", strings.Join(compact(seen.Name, seen.File, seen.Text), ": "))
	}
	for _, f := range row.Figures {
		line("figure: %s = %s", f.Name, figure(f))
	}
	if row.Spec != "" {
		line("documentation: %s", row.Spec)
	}
	if len(row.Claims) > 0 {
		line("claims: %s", strings.Join(row.Claims, ", "))
	}
	if b.Len() == 0 {
		return nil
	}
	return &junitText{b.String()}
}

// seconds writes a duration as JUnit counts it; a negative one is a clock that was set, not a time.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }
