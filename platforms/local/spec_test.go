//go:build linux

package local

import (
	"strings"
	"testing"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

func TestComplete(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spec  platforms.Spec
		nodes int
		want  string // part of the error, "" when accepted
	}{
		{"defaults", platforms.Spec{Name: "a"}, 2, ""},
		{"most nodes", platforms.Spec{Name: "a", Nodes: 5}, 5, ""},
		{"too many nodes", platforms.Spec{Name: "a", Nodes: 6}, 0, "makes 1 to 5"},
		{"fewer than none", platforms.Spec{Name: "a", Nodes: -1}, 0, "makes 1 to 5"},
		{"no name", platforms.Spec{}, 0, "cluster name"},
		{"name that leads elsewhere", platforms.Spec{Name: "../a"}, 0, "cluster name"},
		{"upper case", platforms.Spec{Name: "A"}, 0, "cluster name"},
		{"outer hyphen", platforms.Spec{Name: "a-"}, 0, "cluster name"},
		{"longest name", platforms.Spec{Name: strings.Repeat("a", 32)}, 2, ""},
		{"longer name", platforms.Spec{Name: strings.Repeat("a", 33)}, 0, "cluster name"},
		{"layout", platforms.Spec{Name: "a", Layout: "k3s"}, 2, ""},
		{"unknown layout", platforms.Spec{Name: "a", Layout: "k4s"}, 0, "known are gke, k3d, k3s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := complete(tc.spec)
			if tc.want == "" && (err != nil || got.Nodes != tc.nodes) {
				t.Errorf("got %d nodes, %v; want %d", got.Nodes, err, tc.nodes)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want an error that says %q", err, tc.want)
			}
		})
	}
}

func TestOverlaysCoverTheLayout(t *testing.T) {
	for name, layout := range layouts() {
		covered := strings.Join(overlays(layout), " ") + " "
		for _, dir := range []string{layout.ConfDir, layout.BinDir} {
			if top := "/" + strings.Split(dir, "/")[1]; !strings.Contains(covered, top+" ") {
				t.Errorf("layout %q: %s would be made on the machine: overlays are %s", name, dir, covered)
			}
		}
	}
}

// Where a platform keeps network namespaces elsewhere, containerd's directory for them leads there.
func TestLinks(t *testing.T) {
	for name, want := range map[string]string{"": "", "k3s": "", "openshift": "", "minikube": "/run/docker/netns"} {
		if got := links(layouts()[name])["/run/netns"]; got != want {
			t.Errorf("layout %q: /run/netns leads to %q, want %q", name, got, want)
		}
	}
}

func TestConfDir(t *testing.T) {
	for name, want := range map[string]string{
		"": "/etc/cni/net.d", "microk8s": "/var/snap/microk8s/current/args/cni-network", "unheard-of": "/etc/cni/net.d",
	} {
		if got := ConfDir(name); got != want {
			t.Errorf("layout %q: %s, want %s", name, got, want)
		}
	}
}
