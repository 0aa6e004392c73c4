//go:build linux

package cgroup

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tree makes files below a temporary directory that looks like a hierarchy.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "cpuset")
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestMakeOffersControllers(t *testing.T) {
	root := tree(t, map[string]string{
		"cgroup.controllers":       "cpuset cpu memory pids\n",
		"cgroup.subtree_control":   "cpu pids\n",
		"a/cgroup.controllers":     "cpu memory\n",
		"a/cgroup.subtree_control": "\n",
	})
	if err := (Hierarchies{roots: []string{root}, Unified: true}).Make("a/b"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, root+"/cgroup.subtree_control"), "+cpuset +memory"; got != want {
		t.Errorf("the root was asked for %q, want %q", got, want)
	}
	if got, want := read(t, root+"/a/cgroup.subtree_control"), "+cpu +memory"; got != want {
		t.Errorf("the parent was asked for %q, want %q", got, want)
	}
	if _, err := os.Stat(root + "/a/b"); err != nil {
		t.Error(err)
	}
}

func TestMakeFillsCPUSets(t *testing.T) {
	root := tree(t, map[string]string{
		"cpuset.cpus": "0-3\n", "cpuset.mems": "0\n",
		"a/cpuset.cpus": "\n", "a/cpuset.mems": "1\n",
	})
	if err := (Hierarchies{roots: []string{root}}).Make("a"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, root+"/a/cpuset.cpus"), "0-3\n"; got != want {
		t.Errorf("empty set became %q, want the parent's %q", got, want)
	}
	if got, want := read(t, root+"/a/cpuset.mems"), "1\n"; got != want {
		t.Errorf("filled set became %q, want it kept: %q", got, want)
	}
}

func TestMissing(t *testing.T) {
	first := tree(t, map[string]string{"cpuset.cpus": ""})
	for _, tc := range []struct {
		name  string
		roots []string
		want  []string
	}{
		{"directories of version 1", []string{first, "/x/cpu,cpuacct"}, []string{"memory"}},
		{"one list of version 2", []string{tree(t, map[string]string{"cgroup.controllers": "cpu memory"})}, []string{"cpuset"}},
		{"none", nil, []string{"cpu", "cpuset", "memory"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Hierarchies{roots: tc.roots}.Missing("cpu", "cpuset", "memory")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMakeAndRemoveOnThisMachine(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making cgroups needs root")
	}
	h, err := Find()
	if err != nil {
		t.Skip(err)
	}
	const name = "ambient-cgroup-test"
	if err := h.Make(name + "/node/system"); err != nil {
		t.Skip("this machine does not let us make cgroups: ", err)
	}
	for _, root := range h.roots {
		if _, err := os.Stat(filepath.Join(root, name, "node/system")); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 { // the second time there is nothing to remove
		if err := h.Remove(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, root := range h.roots {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			t.Errorf("%s is still in %s", name, root)
		}
	}
}
