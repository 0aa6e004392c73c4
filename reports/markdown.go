package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits that keep a summary readable, and far below the megabyte that CI servers take.
const (
	mostTroubleRows = 40
	mostDetails     = 15
	mostDetailText  = 4000 // bytes of one message
)

// Markdown writes the summary a CI server shows beside a run: the verdict, one table with what went wrong first, and the
// messages folded below it. What passed takes a line for each area.
func Markdown(w io.Writer, r Report) error {
	r = Finish(r)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s %s\n", markOf(r), mdText(Title(r)))
	if r.SelfTest {
		line("> **SELF-TEST.** %s\n", mdText(SelfTestNotice))
	}
	line("**%s**\n", mdText(r.Reason))
	line("%s\n", mdText(strings.Join(compact(
		prefixed("ztunnel: ", r.Subject.Dataplane), prefixed("kernel ", r.Subject.Kernel), plural(len(r.Subject.Nodes), "node"),
		moment(r.Started), "took "+took(elapsed(r))), " · ")))
	mdTable(line, r)
	mdDetails(line, r)
	mdClaims(line, r)
	mdProof(line, r)
	_, err := io.WriteString(w, b.String())
	return err
}

// markOf is the sign in front of the title. A self-test never gets the green one.
func markOf(r Report) string {
	switch {
	case r.SelfTest:
		return "⚠️"
	case r.Verdict == Conformant && r.Expected == nil || r.AsDocumented():
		return "✅"
	case r.Verdict == NotConformant:
		return "❌"
	}
	return "❔"
}

// troubles are the rows a person must look at: failed, unknown, blocked, and what passed only when retried.
func troubles(rows []Row) []Row {
	return worstFirst(slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		return r.Result == Skipped || r.Result == Passed && (r.IsStep() || len(r.Attempts) == 0)
	}))
}

// mdTable is the one table: a line for each row that needs a person, then a line for each area.
func mdTable(line func(string, ...any), r Report) {
	line("| result | check | cause | took |")
	line("|---|---|---|---:|")
	rows := troubles(r.Rows)
	for _, row := range rows[:min(len(rows), mostTroubleRows)] {
		result := string(row.Result)
		if row.Retold() != "" {
			result = row.Retold()
		}
		line("| %s %s | **%s** | %s | %s |", symbol(row.Result), result, mdText(row.Name), mdText(gist(row)), tookRow(row))
	}
	if more := len(rows) - mostTroubleRows; more > 0 {
		line("| | and %s | see %s | |", plural(more, "more row"), HTMLFile)
	}
	for _, result := range []Result{Passed, Skipped} {
		for _, group := range areas(r.Rows) {
			mdArea(line, group, result)
		}
	}
	line("")
}

// mdArea puts the quiet rows of an area into one line.
func mdArea(line func(string, ...any), group area, result Result) {
	var names, reasons []string
	quiet := slices.DeleteFunc(slices.Clone(group.Rows), func(r Row) bool {
		return r.Result != result || result == Passed && !r.IsStep() && len(r.Attempts) > 0
	})
	for _, row := range quiet {
		names = append(names, strings.TrimPrefix(row.Name, StepArea+"/"))
		if reason := gist(row); result == Skipped && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	if len(names) > 0 {
		line("| %s %s | %s: %s | %s | %s |", symbol(result), result, mdText(group.Name), mdText(strings.Join(names, ", ")),
			mdText(strings.Join(reasons, "; ")), took(spent(quiet)))
	}
}

// mdDetails folds the messages below the table. Blocked rows have none of their own.
func mdDetails(line func(string, ...any), r Report) {
	shown := 0
	for _, row := range troubles(r.Rows) {
		if row.Message == "" || row.Result == Blocked || shown == mostDetails {
			continue
		}
		shown++
		line("<details><summary>%s %s: %s</summary>\n", symbol(row.Result), mdText(row.Name), mdText(gist(row)))
		if row.Summary != "" {
			line("%s\n", mdText(row.Summary))
		}
		mdFenced(line, row.Message)
		for _, seen := range row.Evidence {
			if seen.File != "" {
				line("- %s: %s", mdText(seen.Name), mdText(seen.File))
			}
		}
		line("\n</details>\n")
	}
}

// mdFenced writes a text that must not be read as Markdown, in a fence longer than any it contains.
func mdFenced(line func(string, ...any), text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(text) > mostDetailText {
		text = strings.ToValidUTF8(text[:mostDetailText], "") + "\n… cut here, see " + HTMLFile
	}
	line("%s\n%s\n%s\n", fence+"text", strings.TrimRight(text, "\n"), fence)
}

// mdClaims names the claims that do not stand and counts the rest.
func mdClaims(line func(string, ...any), r Report) {
	if len(r.Claims) == 0 {
		return
	}
	counts := map[Standing]int{}
	for _, claim := range r.Claims {
		counts[claim.Standing]++
	}
	witness := ""
	if r.SelfTest {
		witness = " (of a stand-in, not of Istio)"
	}
	line("Claims%s: %d confirmed, %d contradicted, %d superseded, %d not exercised.\n", witness,
		counts[Confirmed], counts[Contradicted], counts[Superseded], counts[NotExercised])
	for _, claim := range r.Claims {
		if claim.Standing == Contradicted {
			line("- contradicted: **%s**, %s (%s)", mdText(claim.ID), mdText(claim.Sentence), mdText(claim.Reason))
		}
	}
}

// mdProof says which checks are proven, and folds the breaks.
func mdProof(line func(string, ...any), r Report) {
	if len(r.Proof) == 0 {
		return
	}
	p := proofOf(r)
	line("\nProof: %s went red when their condition was broken.", plural(len(p.Proven), "check"))
	if len(p.Survived) > 0 {
		line("\n**Unproven**, stayed green while broken: %s", mdText(strings.Join(p.Survived, ", ")))
	}
	if len(p.Untried) > 0 {
		line("\nUnproven, never seen broken: %s", mdText(strings.Join(p.Untried, ", ")))
	}
	line("\n<details><summary>%s</summary>\n", plural(len(r.Proof), "break"))
	line("| outcome | check | what was broken | took |")
	line("|---|---|---|---:|")
	for _, kill := range survivorsFirst(r.Proof) {
		line("| %s | %s | %s | %s |", kill.Outcome(), mdText(kill.Check), mdText(kill.Break), took(kill.Took))
	}
	line("\n</details>")
}

// mdEscapes are the characters that Markdown, its tables or HTML would take for markup.
var mdEscapes = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "\r", " ",
)

func mdText(s string) string { return mdEscapes.Replace(s) }
