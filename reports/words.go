package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SelfTestNotice is what every format of a self-test says first.
const SelfTestNotice = "A stand-in took ztunnel's place: this run tests the harness and qualifies nothing."

// Title names the run in a line: what was asked, of what, and what came out. A self-test says so first.
func Title(r Report) string {
	return Headline(r) + ": " + subjectLine(r.Subject)
}

// Headline is the verdict as the formats show it. A self-test passes or fails; it is never called conformant, not even on
// a screenshot that cuts the notice off.
func Headline(r Report) string {
	switch {
	case proofRun(r) && r.SelfTest:
		return "SELF-TEST proof of the checks"
	case proofRun(r):
		return "Proof of the checks"
	}
	return headline(r.SelfTest, r.Verdict) + r.standing()
}

// headline is Headline for a verdict by itself, as the cells of a matrix need it.
func headline(selfTest bool, v Verdict) string {
	if !selfTest {
		return capital(string(v))
	}
	switch v {
	case Conformant:
		return "SELF-TEST passed"
	case NotConformant:
		return "SELF-TEST failed"
	}
	return "SELF-TEST " + string(v)
}

// subjectLine names the subject in a line: "k3d · cilium · Istio 1.31.1 · Kubernetes v1.36.2".
func subjectLine(s Subject) string {
	return strings.Join(compact(s.Platform, s.CNI, prefixed("Istio ", s.Istio), prefixed("Kubernetes ", s.Kubernetes)), " · ")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// compact leaves out what is empty.
func compact(words ...string) []string {
	var kept []string
	for _, word := range words {
		if word != "" {
			kept = append(kept, word)
		}
	}
	return kept
}

// capital begins a sentence; the first character need not be a single byte.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if first == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// symbol is a mark for a result that stands beside its word, never instead of it.
func symbol(r Result) string {
	return []string{"✕", "?", "■", "✓", "–"}[severity(r)]
}

// took writes a duration as people say it: "420 ms", "8.2 s", "1 min 14 s".
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 s"
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 99*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// offset writes a step's distance from the start of its row in seconds: "+1.250 s".
func offset(d time.Duration) string { return fmt.Sprintf("+%.3f s", d.Seconds()) }

// moment writes a time in UTC, or nothing for a time that never was.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04:05 UTC")
}

// figure writes a measurement to four digits that mean something.
func figure(f Figure) string {
	value := strconv.FormatFloat(math.Round(f.Value), 'f', 0, 64)
	if math.Abs(f.Value) < 1000 {
		rounded, _ := strconv.ParseFloat(strconv.FormatFloat(f.Value, 'g', 4, 64), 64)
		value = strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return strings.TrimSpace(value + " " + f.Unit)
}

// gist is why a row is not simply green, in one line: its cause, or the start of its message, or, where it is green by
// now, what an earlier attempt said.
func gist(r Row) string {
	message := r.Message
	if n := len(r.Attempts); message == "" && n > 0 {
		message = fmt.Sprintf("the %s attempt %s: %s", ordinal(n), r.Attempts[n-1].Result, r.Attempts[n-1].Message)
	}
	if r.Cause != "" {
		return oneLine(r.Cause)
	}
	return shortened(oneLine(strings.ReplaceAll(strings.TrimSpace(message), "\n", "; ")))
}

// shortened keeps what fits in two lines of a table.
func shortened(s string) string {
	const most = 160
	if runes := []rune(s); len(runes) > most {
		return strings.TrimRight(string(runes[:most]), " ") + " …"
	}
	return s
}

// tookRow is took, and nothing for a row that never began.
func tookRow(r Row) string {
	if r.Started.IsZero() && r.Duration == 0 {
		return ""
	}
	return took(r.Duration)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// elapsed is how long the run took.
func elapsed(r Report) time.Duration { return r.Finished.Sub(r.Started) }
