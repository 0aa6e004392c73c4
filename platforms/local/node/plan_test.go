//go:build linux

package node

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPlanSurvivesItsFile(t *testing.T) {
	want := Plan{
		Cluster: "a",
		Cgroup:  "ambient-a",
		Bridge:  netip.MustParsePrefix("172.29.0.1/24"),
		Bin:     "/bin",
		Nodes: []Node{{
			Name:     "a-0",
			Address:  netip.MustParsePrefix("172.29.0.10/24"),
			Gateway:  netip.MustParseAddr("172.29.0.1"),
			Routes:   []Route{{To: netip.MustParsePrefix("10.244.1.0/24"), Via: netip.MustParseAddr("172.29.0.11")}},
			Cgroup:   "ambient-a/a-0/system",
			Overlays: []string{"/etc"},
			Binds:    []Bind{{Source: "log", Target: "/var/log"}},
			Files:    map[string]string{"/etc/hosts": "127.0.0.1 localhost\n"},
			Sysctls:  map[string]string{"net/ipv4/ip_forward": "1"},
			Shadows:  map[string]string{"kernel/panic": "10"},
			Components: []Component{
				{Name: "etcd", Argv: []string{"etcd"}, Ready: Gate{TCP: "127.0.0.1:2379"}},
				{Name: "kube-apiserver", After: []string{"etcd"}, Ready: Gate{URL: "https://x/readyz", CA: "/ca.crt"}},
			},
			Forward: "172.29.0.10:6443",
		}},
	}
	dir := t.TempDir()
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPlan(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Errorf("plan (-written +read):\n%s", diff)
	}
}

func TestReadPlanWithoutOne(t *testing.T) {
	if _, err := ReadPlan(t.TempDir()); err == nil {
		t.Error("no error")
	}
}

func TestIsInit(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want bool
	}{
		{"cluster init", []string{ClusterInit, "/dir"}, true},
		{"node init", []string{NodeInit, "/dir", "a-0"}, true},
		{"probe", []string{ProbeInit, "/dir"}, true},
		{"runner", []string{"runner", ClusterInit}, false},
		{"path to an init", []string{"/bin/" + NodeInit}, false},
		{"nothing", nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := IsInit(tc.args); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTop(t *testing.T) {
	for path, want := range map[string]string{"/var": "/var", "/var/lib/cni": "/var", "/": "/"} {
		if got := top(path); got != want {
			t.Errorf("top(%s) = %s, want %s", path, got, want)
		}
	}
}
