package cni

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVariants(t *testing.T) {
	names := Names()
	if names[0] != Default {
		t.Errorf("the first is %s, want the platform's own network", names[0])
	}
	for _, v := range Variants() {
		t.Run(v.Name, func(t *testing.T) {
			if v.Summary == "" || len(v.Effective) == 0 {
				t.Error("it does not say what it is for, or what must be in force")
			}
			if !v.Expect.Conformant() && (v.Expect.Why == "" || !strings.HasPrefix(v.Expect.Spec, "https://")) {
				t.Error("it expects failures and does not say why")
			}
			if found, ok := Named(v.Name); !ok || found.Name != v.Name {
				t.Error("it is not found by its name")
			}
		})
	}
	if slices.Compare(slices.Compact(slices.Sorted(slices.Values(names))), slices.Sorted(slices.Values(names))) != 0 {
		t.Errorf("a name is taken twice: %v", names)
	}
}

// TestAblationsDifferInOneSetting: what flips must be that setting's doing.
func TestAblationsDifferInOneSetting(t *testing.T) {
	for _, a := range Ablations() {
		t.Run(a.Setting, func(t *testing.T) {
			with, ok := Named(a.With)
			without, known := Named(a.Without)
			if !ok || !known {
				t.Fatalf("%s or %s is no variant", a.With, a.Without)
			}
			if without.Expect.Conformant() {
				t.Errorf("nothing is documented to flip on %s", a.Without)
			}
			if n := differing(with.valuesOf(), without.valuesOf()); n != 1 {
				t.Errorf("they differ in %d values, want 1", n)
			}
		})
	}
}

// differing counts the leaves in which two trees of values differ.
func differing(a, b map[string]any) (n int) {
	for key := range merged(a, b) {
		x, xs := a[key].(map[string]any)
		y, ys := b[key].(map[string]any)
		switch {
		case xs || ys:
			n += differing(x, y)
		case a[key] != b[key]:
			n++
		}
	}
	return n
}

func TestValuesLieOverOneAnother(t *testing.T) {
	v := Variant{Values: tree("cni.exclusive", true)}
	got := v.valuesOf(tree("cni.binPath", "/platform"), tree("cni.binPath", "/user"))["cni"]
	if diff := cmp.Diff(map[string]any{"exclusive": true, "binPath": "/user"}, got); diff != "" {
		t.Errorf("values differ (-want +got):\n%s", diff)
	}
	if common()["cni"].(map[string]any)["exclusive"] != false {
		t.Error("a variant's values have changed those that all have")
	}
}

func TestSpared(t *testing.T) {
	defaults := map[string]any{"securityContext": map[string]any{"capabilities": map[string]any{
		"ciliumAgent": []any{"NET_ADMIN", "SYS_RESOURCE"}, "mountCgroup": []any{"SYS_ADMIN"},
	}}}
	want := map[string]any{"securityContext": map[string]any{"capabilities": map[string]any{"ciliumAgent": []any{"NET_ADMIN"}}}}
	if diff := cmp.Diff(want, spared(defaults, []string{"SYS_RESOURCE"})); diff != "" {
		t.Errorf("values differ (-want +got):\n%s", diff)
	}
	if got := spared(defaults, nil); got != nil {
		t.Errorf("with nothing withheld it says %v", got)
	}
}

func TestUnmet(t *testing.T) {
	v := Variant{Name: "v", Effective: map[string]string{"cni-exclusive": "true", "host-routing": "BPF"}}
	for name, row := range map[string]struct {
		effective map[string]string
		want      string // all sentences, joined; "": met
	}{
		"met": {map[string]string{"cni-exclusive": "true", "host-routing": "BPF", "more": "x"}, ""},
		// What a misspelt cni.exclusve=true gives: Helm accepts it, and the agents never hear of it.
		"a misspelt value": {map[string]string{"cni-exclusive": "false", "host-routing": "BPF"}, "cni-exclusive is false, and variant v is about true"},
		"one node differs": {map[string]string{"cni-exclusive": "true", "host-routing": "BPF", "host-routing@b": "Legacy"},
			"host-routing@b is Legacy, and variant v is about BPF"},
		"not reported": {map[string]string{"cni-exclusive": "true"}, "host-routing is not reported, and variant v is about BPF"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, strings.Join(v.Unmet(row.effective), "; ")); diff != "" {
				t.Errorf("it says (-want +got):\n%s", diff)
			}
		})
	}
}

const status = `{"cluster":{"ciliumHealth":{"state":"Ok"}},"kube-proxy-replacement":{"mode":"True"},
"masquerading":{"enabled":true,"enabledProtocols":{"ipv4":true},"mode":"BPF","snat-exclusion-cidr-v4":"10.244.0.0/24"},
"routing":{"inter-host-routing-mode":"Tunnel","intra-host-routing-mode":"BPF","tunnel-protocol":"vxlan"}}`

func TestParseStatus(t *testing.T) {
	for name, row := range map[string]struct {
		raw  string
		want map[string]string
		err  string
	}{
		"an agent":        {status, map[string]string{"masquerading": "BPF", "host-routing": "BPF", "agent-kube-proxy-replacement": "true"}, ""},
		"no masquerading": {strings.Replace(status, `"enabled":true`, `"enabled":false`, 1), map[string]string{"masquerading": "off", "host-routing": "BPF", "agent-kube-proxy-replacement": "true"}, ""},
		"another answer":  {`{"routing":{}}`, nil, "does not say how the host routes"},
		"no JSON":         {"Cannot connect to agent", nil, "reading the agent's status"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseStatus([]byte(row.raw))
			if (row.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Fatalf("error is %v, want %q", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("settings differ (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(status))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if settings, err := parseStatus(raw); err == nil && settings["host-routing"] == "" {
			t.Error("settings without host routing are no error")
		}
	})
}

// TestCheckRefusesWhatTheChartDoesNotRead uses a chart that reads one value.
func TestCheckRefusesWhatTheChartDoesNotRead(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"Chart.yaml":            "apiVersion: v2\nname: cilium\nversion: 1.0.0\n",
		"values.yaml":           "cni: {exclusive: true}\n",
		"templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config}\ndata: {cni-exclusive: {{ .Values.cni.exclusive | quote }}}\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		values map[string]any
		want   string
	}{
		"read":      {tree("cni.exclusive", false), ""},
		"misspelt":  {tree("cni.exclusve", false), "value cni.exclusve of chart cilium has no effect"},
		"nothing":   {nil, ""},
		"misplaced": {tree("exclusive", false), "value exclusive of chart cilium has no effect"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Check(t.Context(), Settings{Chart: dir, Values: row.values})
			if (row.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("Check says %v, want %q", err, row.want)
			}
		})
	}
	if err := Check(t.Context(), Settings{Chart: filepath.Join(dir, "absent")}); err == nil {
		t.Error("a chart that is not there is no error")
	}
}
