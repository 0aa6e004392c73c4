package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Colours of a terminal, by result: the eight that every theme keeps readable.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
)

// Text writes the closing table for a terminal of the given width (0 means 80): first what went wrong and why, then a
// line for each area. The last line is the verdict, and says so when the run was a self-test.
func Text(w io.Writer, r Report, width int, colour bool) error {
	r = Finish(r)
	if width <= 0 {
		width = 80
	}
	t := &text{width: max(width, 40), colour: colour}
	for _, row := range troubles(r.Rows) {
		if row.Result != Blocked {
			t.trouble(row)
		}
	}
	t.blocked(r.Rows)
	t.skipped(r.Rows)
	t.table(r.Rows)
	t.claims(r)
	t.proof(r)
	t.line("")
	t.line("%s, %s", subjectLine(r.Subject), took(elapsed(r)))
	if r.SelfTest {
		t.wrapped("", t.paint(yellow, SelfTestNotice))
	}
	shade := map[Verdict]string{Conformant: green, NotConformant: red}[r.Verdict]
	if r.AsDocumented() {
		shade = green
	}
	if r.SelfTest || shade == "" {
		shade = yellow
	}
	headline := strings.ToUpper(Headline(r))
	if r.SelfTest {
		headline += " (qualifies nothing)"
	}
	t.line("%s: %s", t.paint(bold+shade, headline), r.Reason)
	if r.Expected != nil {
		t.wrapped("", r.Expected.Why+" ("+r.Expected.Spec+")")
		for _, surprise := range r.Expected.Surprises {
			t.wrapped("", "surprise: "+surprise)
		}
	}
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct {
	strings.Builder
	width  int
	colour bool
}

func (t *text) line(format string, args ...any) {
	fmt.Fprintf(t, format+"\n", args...)
}

// paint colours a text where the terminal takes it.
func (t *text) paint(shade, s string) string {
	if !t.colour || s == "" {
		return s
	}
	return shade + s + plain
}

func (t *text) result(r Result) string {
	shade := []string{red, yellow, yellow, green, faint}[severity(r)]
	return t.paint(shade, fmt.Sprintf("%s %-8s", symbol(r), r))
}

// trouble tells one row that is not simply green.
func (t *text) trouble(row Row) {
	t.line("%s %s  %s", t.result(row.Result), t.paint(bold, row.Name), t.paint(faint, tookRow(row)))
	if row.Retold() != "" {
		t.wrapped("    ", row.Retold())
	}
	if row.Result == Passed {
		t.wrapped("    ", gist(row))
	}
	if row.Cause != "" {
		t.wrapped("    ", oneLine(row.Cause))
		t.wrapped("    ", t.paint(faint, strings.Join(compact(row.CauseID, row.CauseSpec), ": ")))
	}
	for _, line := range strings.Split(strings.TrimSpace(row.Message), "\n") {
		if row.Message != "" {
			t.wrapped("    ", line)
		}
	}
	for _, seen := range row.Evidence {
		if seen.File != "" {
			t.wrapped("    ", t.paint(faint, seen.Name+": "+seen.File))
		}
	}
	t.line("")
}

// blocked names them together: their cause is the step above.
func (t *text) blocked(rows []Row) {
	if names := namesOf(rows, Blocked); len(names) > 0 {
		t.line("%s %s never began", t.result(Blocked), plural(len(names), "row"))
		t.wrapped("    ", strings.Join(names, ", "))
		t.line("")
	}
}

func (t *text) skipped(rows []Row) {
	for _, row := range rows {
		if row.Result == Skipped {
			t.line("%s %s", t.result(Skipped), row.Name)
			t.wrapped("    ", gist(row))
		}
	}
}

// table counts the results of each area.
func (t *text) table(rows []Row) {
	groups := areas(rows)
	if len(groups) == 0 {
		return
	}
	longest := 0
	for _, group := range groups {
		longest = max(longest, utf8.RuneCountInString(group.Name))
	}
	t.line("")
	for _, group := range groups {
		tally := Count(group.Rows)
		var parts []string
		for _, result := range []Result{Passed, Failed, Unknown, Blocked, Skipped} {
			if n := tally.Of(result); n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, result))
			}
		}
		t.line("  %-*s  %s  %s", longest, group.Name, strings.Join(parts, ", "), t.paint(faint, took(spent(group.Rows))))
	}
}

// claims names the contradicted ones; the page has the rest.
func (t *text) claims(r Report) {
	for _, claim := range r.Claims {
		if claim.Standing == Contradicted {
			t.wrapped("  ", t.paint(red, "contradicted ")+claim.ID+": "+claim.Sentence)
		}
	}
}

// proof tells which break each check noticed.
func (t *text) proof(r Report) {
	if len(r.Proof) == 0 {
		return
	}
	longest := 0
	for _, kill := range r.Proof {
		longest = max(longest, columns(kill.Check))
	}
	t.line("")
	for _, kill := range survivorsFirst(r.Proof) {
		shade := map[string]string{"noticed": green, "not noticed": red}[kill.Outcome()]
		t.line("  %s  %-*s  %s %s", t.paint(cmp.Or(shade, yellow), fmt.Sprintf("%-14s", kill.Outcome())), longest, kill.Check,
			kill.Break, t.paint(faint, took(kill.Took)))
	}
	if unproven := proofOf(r).Unproven(); len(unproven) > 0 {
		t.wrapped("  ", t.paint(red, "unproven ")+strings.Join(unproven, ", "))
	}
}

// wrapped indents a line and, where it is too long, breaks it between words. A longer word stays whole, so that a path can
// be copied.
func (t *text) wrapped(indent, s string) {
	if columns(indent+s) <= t.width {
		t.line("%s%s", indent, s)
		return
	}
	indent += s[:len(s)-len(strings.TrimLeft(s, " \t"))]
	var line string
	for _, word := range strings.Fields(s) {
		if line != "" && columns(indent+line+" "+word) > t.width {
			t.line("%s%s", indent, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	t.line("%s%s", indent, line)
}

// columns counts characters, not the colour sequences between them.
func columns(s string) int { return utf8.RuneCountInString(escapes.ReplaceAllString(s, "")) }
