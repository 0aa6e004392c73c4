package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// parsedJUnit reads the document strictly to its end, as a CI server would.
func parsedJUnit(t *testing.T, r Report) junitSuites {
	t.Helper()
	var buf bytes.Buffer
	if err := JUnit(&buf, r); err != nil {
		t.Fatal(err)
	}
	for tokens := xml.NewDecoder(bytes.NewReader(buf.Bytes())); ; {
		if _, err := tokens.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, buf.Bytes())
		}
	}
	var doc junitSuites
	if err := xml.Unmarshal(buf.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestJUnitKeepsResultsApart(t *testing.T) {
	seen := map[string]string{}
	doc := parsedJUnit(t, richReport())
	var tests, failures, errs, skipped int
	for _, suite := range doc.Suites {
		tests, failures, errs, skipped = tests+suite.Tests, failures+suite.Failures, errs+suite.Errors, skipped+suite.Skipped
		for _, c := range suite.Cases {
			switch {
			case c.Failure != nil:
				seen[c.Name] = "failure " + c.Failure.Type + ": " + c.Failure.Message
			case c.Error != nil:
				seen[c.Name] = "error " + c.Error.Type
			case c.Skipped != nil:
				seen[c.Name] = "skipped: " + c.Skipped.Message
			default:
				seen[c.Name] = "passed"
			}
		}
	}
	for name, want := range map[string]string{
		"StrictRefusesPlaintext":                        "failure failed: replies to 169.254.7.127 left by BPF host routing, so the pod was never redirected",
		"DeadAppBecomesNotReady":                        "error unknown",
		"ExistingConnectionClosed":                      "error blocked",
		"ProbesOverIPv6":                                "skipped: the cluster has no IPv6 pod addresses",
		"DenyOverAllow":                                 "passed",
		"step/create-platform":                          "passed",
		"RevertLeavesNoResidue: the annotation is kept": "failure failed: the check stayed green while broken",
		"DenyOverAllow: the dataplane ignores policies": "passed",
	} {
		if seen[name] != want {
			t.Errorf("%s is %q, want %q", name, seen[name], want)
		}
	}
	if tests != 23 || failures != 3 || errs != 2 || skipped != 1 {
		t.Errorf("suites count %d tests, %d failures, %d errors, %d skipped", tests, failures, errs, skipped)
	}
	if doc.Tests != tests || doc.Failures != failures || doc.Errors != errs || doc.Skipped != skipped {
		t.Errorf("the document counts %d, %d, %d, %d", doc.Tests, doc.Failures, doc.Errors, doc.Skipped)
	}
}

func TestJUnitTellsWhatHappened(t *testing.T) {
	for _, suite := range parsedJUnit(t, richReport()).Suites {
		for _, c := range suite.Cases {
			if c.Name != "StrictRefusesPlaintext" {
				continue
			}
			for _, want := range []string{"failed on the 2nd attempt", "+0.412 s  serving a client inside the mesh",
				"artifacts/StrictRefusesPlaintext/node-1.pcap", "claims: overlay.mtls"} {
				if !strings.Contains(c.Output.Text, want) {
					t.Errorf("the output lacks %q:\n%s", want, c.Output.Text)
				}
			}
			if c.Time != "2.140" || c.Classname != "k3d.cilium.mtls" {
				t.Errorf("time %s, classname %s", c.Time, c.Classname)
			}
		}
	}
}

func FuzzFormatsTakeAnyText(f *testing.F) {
	f.Add("plain", "StrictRefusesPlaintext")
	f.Add("]]> <![CDATA[ </failure> \x00\x0b\xff\ufffe", "a/b\"<>&'")
	f.Add("```\n````\n|", "step/x\ny")
	f.Fuzz(func(t *testing.T, message, name string) {
		row := Row{Name: name, Area: name, Level: message, Summary: message, Spec: message, Claims: []string{name}, Result: Failed,
			Cause: message, Message: message, Steps: []Step{{message, -1}}, Figures: []Figure{{name, 1, message}},
			Evidence: []Evidence{{name, message, message}}, Attempts: []Attempt{{Result(name), message, 1}}}
		r := Report{Reason: message, Rows: []Row{row}, Subject: Subject{Platform: message, Settings: map[string]string{name: message, message: name}},
			Claims: []Claim{{ID: name, Sentence: message, Standing: Standing(message), Rows: []string{name}}},
			Proof:  []Kill{{Check: name, Break: message, Fault: message, Message: message}}}
		doc := parsedJUnit(t, r)
		if want := Finish(r).Rows[0].Message; !strings.Contains(doc.Suites[0].Cases[0].Output.Text, want) {
			t.Errorf("the output lost the message %q", want)
		}
		for _, render := range []func(io.Writer, Report) error{HTML, Markdown, writeJSON,
			func(w io.Writer, r Report) error { return Text(w, r, len(message), true) }} {
			if err := render(io.Discard, r); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestJUnitFailsNobodyForAMeasurement(t *testing.T) {
	doc := parsedJUnit(t, Report{Rows: []Row{
		{Name: "HostProcess", Area: "bypass", Level: LevelMeasured, Result: Failed, Message: "no figure could be taken"},
		{Name: "TimeToEnforce", Area: "authz", Level: LevelMeasured, Result: Passed},
		{Name: "Strict", Area: "mtls", Level: LevelCore, Result: Failed, Message: "served"},
	}})
	if doc.Failures != 1 || doc.Skipped != 1 || doc.Tests != 3 {
		t.Errorf("%d failures and %d skips among %d tests, want 1, 1 and 3", doc.Failures, doc.Skipped, doc.Tests)
	}
	for _, suite := range doc.Suites {
		for _, c := range suite.Cases {
			if c.Name == "HostProcess" && (c.Failure != nil || c.Skipped == nil || !strings.Contains(c.Skipped.Message, "no figure could be taken")) {
				t.Errorf("the measurement is failure %v, skip %v", c.Failure, c.Skipped)
			}
		}
	}
}
