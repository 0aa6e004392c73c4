//go:build linux

package local

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

var update = flag.Bool("update", false, "write what was rendered into testdata instead of comparing with it")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
	}
}

var testImages = wellKnown{pause: "registry.test/pause:1", coreDNS: "registry.test/coredns:1"}

func TestConfigs(t *testing.T) {
	spec := platforms.Spec{Name: "a", Nodes: 2}
	s, err := newSettings(spec, 1, "ambient-a-x", testImages)
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.configs(spec)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		golden(t, name, content)
		var any map[string]any
		if filepath.Ext(name) == ".yaml" && yaml.UnmarshalStrict(content, &any) != nil {
			t.Errorf("%s is no YAML", name)
		}
		if filepath.Ext(name) == ".conflist" && json.Unmarshal(content, &any) != nil {
			t.Errorf("%s is no JSON", name)
		}
	}
	manifest, err := s.render("coredns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "coredns.yaml", manifest)
}

func TestConfigsLeaveOut(t *testing.T) {
	for _, tc := range []struct {
		name   string
		spec   platforms.Spec
		absent string
	}{
		{"CNI", platforms.Spec{Name: "a", DisableCNI: true}, "cni/net.d/10-pods.conflist"},
		{"kube-proxy", platforms.Spec{Name: "a", DisableKubeProxy: true}, "etc/kube-proxy.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := newSettings(tc.spec, 0, "x", testImages)
			if err != nil {
				t.Fatal(err)
			}
			files, err := s.configs(tc.spec)
			if err != nil {
				t.Fatal(err)
			}
			if _, there := files[tc.absent]; there || len(files) != 3 {
				t.Errorf("got %d files, %s among them: %v", len(files), tc.absent, there)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec platforms.Spec
	}{
		{"plan-two-nodes.json", platforms.Spec{Name: "a", Nodes: 2}},
		{"plan-k3s-layout-without-proxy.json", platforms.Spec{Name: "a", Nodes: 1, Layout: "k3s", DisableKubeProxy: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, err := newPlan(tc.spec, "/opt/artifacts", "ambient-a-x")
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.MarshalIndent(plan, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tc.name, append(raw, '\n'))
		})
	}
}

// TestPlanIsComplete: every component waits only for components of its own node, and every binary is asked for.
func TestPlanIsComplete(t *testing.T) {
	plan, err := newPlan(platforms.Spec{Name: "a", Nodes: 5}, "/bin", "x")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(binaries(), " ")
	for _, n := range plan.Nodes {
		names := map[string]bool{}
		for _, c := range n.Components {
			names[c.Name] = true
			if len(c.Argv) > 0 && !strings.Contains(known, c.Argv[0]) {
				t.Errorf("%s runs %s, which binaries() does not name", n.Name, c.Argv[0])
			}
		}
		for _, c := range n.Components {
			for _, after := range c.After {
				if !names[after] {
					t.Errorf("%s on %s waits for %s, which is not there", c.Name, n.Name, after)
				}
			}
		}
		if len(n.Routes) != 4 {
			t.Errorf("%s has routes to %d nodes, want 4", n.Name, len(n.Routes))
		}
	}
}

func TestSecrets(t *testing.T) {
	a, err := newAuthorities()
	if err != nil {
		t.Fatal(err)
	}
	spec := platforms.Spec{Name: "a", Nodes: 2}
	first, err := a.secrets(spec, 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.secrets(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"ca.key", "sa.key", "controller-manager.kubeconfig", "apiserver.key"} {
		if len(first[private]) == 0 {
			t.Errorf("the control plane lacks %s", private)
		}
		if _, leaked := second[private]; leaked {
			t.Errorf("a mere node has %s", private)
		}
	}
	kubelet, err := clientcmd.Load(second["kubelet.kubeconfig"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := kubelet.Clusters["local"].Server, "https://172.29.0.10:6443"; got != want {
		t.Errorf("the kubelet talks to %s, want %s", got, want)
	}
	admin, err := a.admin("a", "https://127.0.0.1:1234")
	if err != nil {
		t.Fatal(err)
	}
	config, err := restConfig(admin)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:1234" || len(config.CAData) == 0 || len(config.KeyData) == 0 {
		t.Errorf("administrator's connection: %+v", config)
	}
}
