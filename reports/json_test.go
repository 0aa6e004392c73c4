package reports

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func encoded(t *testing.T, r Report) string {
	t.Helper()
	data, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	for name, r := range map[string]Report{"rich": richReport(), "green": greenReport(), "proof": proofReport(), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			data := encoded(t, r)
			got, err := Decode([]byte(data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Finish(r), got); diff != "" {
				t.Errorf("-finished +decoded:\n%s", diff)
			}
			if again := encoded(t, got); again != data {
				t.Errorf("encoding again gave other bytes:\n%s", cmp.Diff(data, again))
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := encoded(t, richReport())
	for _, tc := range []struct{ name, old, new, want string }{
		{"another version", `"conformance.ambient/v1"`, `"conformance.ambient/v2"`, `apiVersion "conformance.ambient/v2" is unknown here`},
		{"another kind", `"AmbientConformanceReport"`, `"ConformanceReport"`, "no report of this tool"},
		{"an unknown field", `"selfTest": false,`, `"selfTest": false, "extra": 1,`, `unknown field "extra"`},
		{"a field in other spelling", `"selfTest": false,`, `"selfTest": true, "selftest": false,`, `unknown field "selftest"`},
		{"a field given twice", `"selfTest": false,`, `"selfTest": true, "selfTest": false,`, `duplicate field "selfTest"`},
		{"an unknown result", `"result": "blocked"`, `"result": "pased"`, `result "pased" is unknown`},
		{"an unknown level", `"level": "measured"`, `"level": "optional"`, `level "optional" is unknown`},
		{"an unknown standing", `"standing": "superseded"`, `"standing": "fine"`, `standing "fine" is unknown`},
		{"a verdict better than its rows", `"verdict": "not conformant"`, `"verdict": "conformant"`, `the rows say "not conformant"`},
		{"a row given twice", `"name": "EnrolNamespace"`, `"name": "DenyOverAllow"`, "row DenyOverAllow appears twice"},
		{"evidence outside of the report", `artifacts/MutualTLSAcrossNodes/node-1.pcap`, `../../etc/passwd`, "not below the report"},
		{"a claim that rests on nothing", `"rows": [
        "EnrolNamespace"`, `"rows": [
        "Elsewhere"`, `rests on row "Elsewhere"`},
		{"text after the report", "\n}\n", "\n}\n{}", "after top-level value"},
		{"no JSON", "{", "", "decoding report"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := strings.Replace(good, tc.old, tc.new, 1)
			if bad == good {
				t.Fatalf("%q is not in the report", tc.old)
			}
			if _, err := Decode([]byte(bad)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestFinish(t *testing.T) {
	t.Run("leaves its argument alone and is stable", func(t *testing.T) {
		r, same := richReport(), richReport()
		once := Finish(r)
		if diff := cmp.Diff(same, r); diff != "" {
			t.Errorf("the argument changed:\n%s", diff)
		}
		if diff := cmp.Diff(once, Finish(once)); diff != "" {
			t.Errorf("finishing twice changed:\n%s", diff)
		}
	})
	t.Run("cannot claim more than the rows", func(t *testing.T) {
		r := Finish(Report{Verdict: Conformant, Reason: "trust me", Rows: []Row{core("A", Failed)}})
		if r.Verdict != NotConformant || r.Reason != "1 of 1 check failed: A" {
			t.Errorf("got %s (%s)", r.Verdict, r.Reason)
		}
	})
	t.Run("keeps a reason that goes with the verdict", func(t *testing.T) {
		if r := Finish(Report{Verdict: Undecided, Reason: "interrupted by Ctrl-C"}); r.Reason != "interrupted by Ctrl-C" {
			t.Errorf("got %s", r.Reason)
		}
	})
	t.Run("writes times in UTC whatever the zone", func(t *testing.T) {
		zone := time.FixedZone("elsewhere", 3600)
		if diff := cmp.Diff(encoded(t, Report{Started: at(0)}), encoded(t, Report{Started: at(0).In(zone)})); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("does not lose a report over a figure that is no number", func(t *testing.T) {
		row := core("A", Passed)
		row.Figures = []Figure{{"ratio", math.NaN(), "x"}, {"latency", math.Inf(1), "ms"}, {"good", 1, ""}}
		got, err := Decode([]byte(encoded(t, Report{Rows: []Row{row}})))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows[0].Figures) != 1 || got.Rows[0].Evidence[0].Text != "NaN x: not a number" {
			t.Errorf("got %+v", got.Rows[0])
		}
	})
	t.Run("redacts settings by name", func(t *testing.T) {
		r := Finish(Report{Subject: Subject{Settings: map[string]string{"registry.password": "x", "sds.token.aud": "istio-ca"}}})
		want := map[string]string{"registry.password": removed, "sds.token.aud": "istio-ca"}
		if diff := cmp.Diff(want, r.Subject.Settings); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("drops evidence that lies outside", func(t *testing.T) {
		row := core("A", Passed)
		row.Evidence = []Evidence{{Name: "x", File: "/etc/passwd"}, {Name: "y", File: "artifacts/../../x"}, {Name: "z", File: "artifacts/z"}}
		files := ""
		for _, seen := range Finish(Report{Rows: []Row{row}}).Rows[0].Evidence {
			files += seen.File + ","
		}
		if files != ",,artifacts/z," {
			t.Errorf("kept %q", files)
		}
	})
}

// FuzzDecode: whatever Decode accepts, it can write again, and reads back the same.
func FuzzDecode(f *testing.F) {
	for _, r := range []Report{{}, richReport()} {
		data, err := Encode(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			return
		}
		once, err := Encode(r)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := Decode(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if again, err := Encode(back); err != nil || !bytes.Equal(once, again) {
			t.Errorf("writing again differs (%v):\n%s", err, cmp.Diff(string(once), string(again)))
		}
	})
}
