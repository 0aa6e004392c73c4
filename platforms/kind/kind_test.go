package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

func TestConfig(t *testing.T) {
	for _, tc := range []struct {
		golden string
		spec   platforms.Spec
		image  nodeImage
	}{
		{"released", platforms.Spec{Name: "c", Nodes: 2}, nodeImage{hasCNI: true}},
		{"offline", platforms.Spec{Name: "c", Nodes: 1}, nodeImage{NodeImage: NodeImage{Ref: "local/node:1"}}},
		{"own-cni", platforms.Spec{Name: "c", Nodes: 3, DisableCNI: true, DisableKubeProxy: true}, nodeImage{hasCNI: true}},
	} {
		t.Run(tc.golden, func(t *testing.T) {
			got, err := yaml.Marshal(config(tc.spec, tc.image, "/state/c/owner"))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", tc.golden+".yaml")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("configuration (-%s +got):\n%s", path, diff)
			}
		})
	}
}

func TestPodsConflist(t *testing.T) {
	got, err := podsConflist("10.244.1.0/24")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"cniVersion":"1.0.0","name":"pods","plugins":[` +
		`{"ipam":{"ranges":[[{"subnet":"10.244.1.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}],"type":"host-local"},"type":"ptp"},` +
		`{"capabilities":{"portMappings":true},"type":"portmap"}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// engine is a docker command that notes how it was called. It knows one node, whose owner directory is given.
func engine(t *testing.T, owner string) (called func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := fmt.Sprintf("#!/bin/sh\necho \"$*\" >> %s\ncase \"$1\" in\n"+
		"ps) test -e %s/removed || echo 0123 ;;\ninspect) echo '/c-control-plane %s' ;;\nrm) touch %s/removed ;;\n"+
		"*) echo refused: $1 >&2; exit 1 ;;\nesac\n", log, dir, owner, dir)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
}

const remove = "rm --force --volumes c-control-plane\n"

func TestAForeignClusterIsLeftAlone(t *testing.T) {
	for _, owner := range []string{"", "/home/somebody/c/owner"} {
		t.Run("mounted "+owner, func(t *testing.T) {
			called := engine(t, owner)
			p := New(Options{StateDir: t.TempDir()})
			if _, err := p.Create(t.Context(), platforms.Spec{Name: "c", Nodes: 1}); !errors.Is(err, platforms.ErrExists) {
				t.Errorf("Create: got %v, want ErrExists", err)
			}
			// Even state of ours under that name, from a cluster that was removed by hand, is no reason to delete it.
			if err := os.MkdirAll(p.owner("c"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := p.Delete(t.Context(), "c"); err != nil {
				t.Error(err)
			}
			if strings.Contains(called(), "rm ") {
				t.Errorf("something was removed:\n%s", called())
			}
			if names, err := p.List(t.Context()); err != nil || names != nil {
				t.Errorf("after Delete, still listed: %v, %v", names, err)
			}
		})
	}
}

func TestDeleteRemovesWhatIsOurs(t *testing.T) {
	state := t.TempDir()
	called := engine(t, filepath.Join(state, "c", ownerDir))
	p := New(Options{StateDir: state})
	if err := os.MkdirAll(p.owner("c"), 0o755); err != nil {
		t.Fatal(err)
	}
	gone, err := p.DeleteAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"c"}, gone); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if !strings.Contains(called(), remove) {
		t.Errorf("the node was not removed:\n%s", called())
	}
	if _, err := os.Stat(p.state.Of("c")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state is still there: %v", err)
	}
}

func TestDeleteOfWhatIsAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // not even a docker command is needed
	if err := New(Options{StateDir: t.TempDir()}).Delete(t.Context(), "absent"); err != nil {
		t.Error(err)
	}
}

func TestACompleteClusterIsNotMadeAgain(t *testing.T) {
	state := t.TempDir()
	called := engine(t, filepath.Join(state, "c", ownerDir))
	p := New(Options{StateDir: state})
	if err := os.MkdirAll(p.owner("c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.state.Kubeconfig("c"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := p.Create(t.Context(), platforms.Spec{Name: "c", Nodes: 1})
	if !errors.Is(err, platforms.ErrExists) || strings.Contains(called(), "rm ") {
		t.Errorf("got %v, want ErrExists; calls:\n%s", err, called())
	}
}

// TestLeftoversAreRemovedFirst: without a kubeconfig, nodes of ours are what a killed run left.
func TestLeftoversAreRemovedFirst(t *testing.T) {
	state := t.TempDir()
	called := engine(t, filepath.Join(state, "c", ownerDir))
	_, err := New(Options{StateDir: state}).Create(t.Context(), platforms.Spec{Name: "c", Nodes: 1})
	if err == nil || errors.Is(err, platforms.ErrExists) {
		t.Errorf("got %v, want the engine's refusal to make a node", err)
	}
	if !strings.Contains(called(), remove) {
		t.Errorf("the left node was not removed:\n%s", called())
	}
}

func TestPreflight(t *testing.T) {
	t.Run("no client", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		problems := New(Options{}).Preflight(t.Context())
		if len(problems) != 1 || !strings.Contains(problems[0], "install a Docker client and engine") {
			t.Errorf("got %q", problems)
		}
	})
	t.Run("no engine", func(t *testing.T) {
		engine(t, "")
		problems := New(Options{}).Preflight(t.Context())
		if len(problems) != 1 || !strings.Contains(problems[0], "refused: version") {
			t.Errorf("got %q", problems)
		}
	})
}

func TestANodeImageThatCannotBeHad(t *testing.T) {
	for name, tc := range map[string]struct {
		image NodeImage
		err   error
		want  string
	}{
		"build fails":    {err: errors.New("no compiler"), want: "providing the node image: no compiler"},
		"unknown":        {image: NodeImage{Ref: "local/node:1"}, want: "looking at node image local/node:1"},
		"archive is bad": {image: NodeImage{Ref: "local/node:1", Archive: "absent.tar"}, want: "loading node image: running docker load"},
	} {
		t.Run(name, func(t *testing.T) {
			engine(t, "")
			p := New(Options{StateDir: t.TempDir(), Image: func(context.Context) (NodeImage, error) { return tc.image, tc.err }})
			_, err := p.Create(t.Context(), platforms.Spec{Name: "c", Nodes: 1})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error that says %q", err, tc.want)
			}
		})
	}
}

func TestWhatANodeLacks(t *testing.T) {
	node := func(cidr, address string, ready corev1.ConditionStatus) *corev1.Node {
		n := &corev1.Node{Spec: corev1.NodeSpec{PodCIDR: cidr}}
		if address != "" {
			n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "n"}, {Type: corev1.NodeInternalIP, Address: address}}
		}
		if ready != "" {
			n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready, Message: "cni plugin not initialized"}}
		}
		return n
	}
	for _, tc := range []struct {
		name             string
		node             *corev1.Node
		addresses, ready string
	}{
		{"just registered", node("", "", ""), "no addresses for pods", "no status yet"},
		{"without an address", node("10.244.0.0/24", "", ""), "no address of its own", "no status yet"},
		{"without a plugin", node("10.244.0.0/24", "172.18.0.2", corev1.ConditionFalse), "", "cni plugin not initialized"},
		{"ready", node("10.244.0.0/24", "172.18.0.2", corev1.ConditionTrue), "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := hasAddresses(tc.node); got != tc.addresses {
				t.Errorf("for its network it lacks %q, want %q", got, tc.addresses)
			}
			if got := isReady(tc.node); got != tc.ready {
				t.Errorf("to be ready it lacks %q, want %q", got, tc.ready)
			}
		})
	}
}

func TestProgressIsInWords(t *testing.T) {
	var said []string
	l := logger{func(format string, a ...any) { said = append(said, fmt.Sprintf(format, a...)) }}
	l.V(0).Info(" ✓ Preparing nodes 📦 \n")
	l.V(0).Info("")
	l.V(1).Info("noise")
	l.Warnf("cgroup %s is deprecated", "v1")
	if diff := cmp.Diff([]string{"kind: Preparing nodes", "kind: cgroup v1 is deprecated"}, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}
