package reports

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
)

func rendered(t *testing.T, render func(io.Writer, Report) error, r Report) string {
	t.Helper()
	var buf bytes.Buffer
	if err := render(&buf, r); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestEveryFormatSaysSelfTest(t *testing.T) {
	test, real := greenReport(), greenReport()
	real.SelfTest = false
	line := func(w io.Writer, r Report) error { return Text(w, r, 80, false) }
	last := func(s string) string { return s[strings.LastIndex(strings.TrimSpace(s), "\n")+1:] }
	for _, tc := range []struct {
		name   string
		render func(io.Writer, Report) error
		within func(string) string
		want   []string
	}{
		{"json", writeJSON, nil, []string{`"selfTest": true`}},
		{"junit", JUnit, nil, []string{`<testsuites name="ambient-conformance SELF-TEST passed`, `<testsuite name="SELF-TEST mtls"`,
			`<property name="selfTest" value="true">`, `classname="SELF-TEST local.default.mtls"`, "qualifies nothing"}},
		{"html", HTML, nil, []string{"<title>SELF-TEST passed", `class="selftest-banner"`, "<h1>SELF-TEST passed</h1>", "qualifies nothing",
			"nothing here is confirmed of Istio"}},
		{"markdown", Markdown, nil, []string{"# ⚠️ SELF-TEST passed", "> **SELF-TEST.**", "qualifies nothing", "of a stand-in, not of Istio"}},
		{"last line of the terminal", line, last, []string{"SELF-TEST PASSED (qualifies nothing): 10 of 10 checks passed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := rendered(t, tc.render, test)
			if tc.within != nil {
				got = tc.within(got)
			}
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("lacks %q", want)
				}
			}
			if tc.name != "json" && regexp.MustCompile(`\b[Cc]onformant\b`).MatchString(strings.ReplaceAll(got, `name="verdict" value="conformant"`, "")) {
				t.Error("calls a self-test conformant")
			}
			if strings.Contains(strings.ToUpper(rendered(t, tc.render, real)), "SELF-TEST") {
				t.Error("calls a real run a self-test")
			}
		})
	}
}

func TestSummaryOfAGreenReportIsShort(t *testing.T) {
	r := greenReport()
	for i := range 60 {
		row := r.Rows[7+i%3]
		row.Name += strings.Repeat("x", i)
		r.Rows = append(r.Rows, row)
	}
	if lines := strings.Count(rendered(t, Markdown, r), "\n"); lines > 60 {
		t.Errorf("%d lines", lines)
	}
}

func TestSummaryEscapesWhatTablesAndFencesMean(t *testing.T) {
	row := core("A|B", Failed)
	row.Message = "first | line <b>\n```\nsecond ````"
	got := rendered(t, Markdown, Report{Rows: []Row{row}})
	for _, want := range []string{`| **A\|B** | first \| line &lt;b&gt;;`, "`````text\nfirst | line <b>\n```\nsecond ````\n`````"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
}

func TestPageAsksForNothing(t *testing.T) {
	page := rendered(t, HTML, richReport())
	for _, tag := range regexp.MustCompile(`(?i)<(?:script|img|link|iframe|object|style|source|video)\b[^>]*>|url\([^)]*\)|@import[^;]*`).FindAllString(page, -1) {
		switch tag {
		case "<script>", "<style>", `<link rel="icon" href="data:,">`:
		default:
			t.Errorf("%s may load something", tag)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Error("the page has no content policy")
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template engine refused a value")
	}
	if want := `href="artifacts/StrictRefusesPlaintext/ztunnel%20k3d-agent%3f0.log"`; !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
		t.Errorf("lacks %s", want)
	}
}

func TestSecretsReachNoFormat(t *testing.T) {
	r := richReport()
	secret := "token " + aJWT + "\n" + aKey
	row := &r.Rows[8]
	row.Summary, row.Cause, row.Message = secret, secret, secret
	row.Steps, row.Evidence = []Step{{secret, 0}}, []Evidence{{Name: "x", Text: secret}}
	row.Attempts = []Attempt{{Result: Failed, Message: secret}}
	r.Subject.Settings["x"], r.Proof[0].Message, r.Claims[0].Reason = secret, secret, secret
	r.Plan.Command = append(r.Plan.Command, "--token", "hunter2hunter2")
	for name, render := range map[string]func(io.Writer, Report) error{"json": writeJSON, "junit": JUnit, "html": HTML,
		"markdown": Markdown, "text": func(w io.Writer, r Report) error { return Text(w, r, 80, true) }} {
		t.Run(name, func(t *testing.T) {
			got := rendered(t, render, r)
			for _, telling := range []string{"eyJpc3Mi", "madeupmadeup", "hunter2"} {
				if strings.Contains(got, telling) {
					t.Errorf("%s reached the %s", telling, name)
				}
			}
		})
	}
}

func TestTextKeepsToItsWidth(t *testing.T) {
	r := richReport()
	got := rendered(t, func(w io.Writer, r Report) error { return Text(w, r, 60, false) }, r)
	lines := strings.Split(strings.TrimSpace(got), "\n")
	for _, line := range lines[:len(lines)-2] { // the subject and the verdict stay whole
		if columns(line) > 60 && len(strings.Fields(line)) > 1 && !strings.Contains(line, "  ") {
			t.Errorf("%d columns: %s", columns(line), line)
		}
	}
	if want := "NOT CONFORMANT: 2 of 10 checks failed: StrictRefusesPlaintext"; !strings.HasPrefix(lines[len(lines)-1], want) {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
}

func TestDurationsReadWell(t *testing.T) {
	for want, d := range map[string]int{"0 s": 0, "420 ms": 420, "8.2 s": 8200, "75.0 s": 75000, "1 min 40 s": 100000, "2 h 5 min": 7500000} {
		if got := took(ms(d)); got != want {
			t.Errorf("%d ms became %q, want %q", d, got, want)
		}
	}
}

func TestOrdinals(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 21: "21st", 113: "113th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestCapitalTakesAnyFirstCharacter(t *testing.T) {
	for text, want := range map[string]string{"": "", "a b": "A b", "éa": "Éa", "1 of 2": "1 of 2", "✓ x": "✓ x"} {
		if got := capital(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
