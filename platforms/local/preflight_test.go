//go:build linux

package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMissingTools(t *testing.T) {
	path := t.TempDir()
	for _, tool := range []string{"iptables", "ip6tables", "ipset", "mount", "umount", "nsenter"} {
		if err := os.WriteFile(filepath.Join(path, tool), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", path)
	problems := missingTools()
	if len(problems) != 1 || problems[0].String() != "the program nft is missing; apt-get install nftables" {
		t.Errorf("got %v", problems)
	}
}

func TestOldNFT(t *testing.T) {
	for version, old := range map[string]bool{
		"nftables v0.9.8 (E.D.S.)":              true,
		"nftables v1.0.0 (Fearless Fosdick)":    true,
		"nftables v1.0.6 (Lester Gooch #5)":     false,
		"nftables v1.1.0 (Commodore Bullmoose)": false,
	} {
		t.Run(version, func(t *testing.T) {
			path := t.TempDir()
			script := "#!/bin/sh\necho '" + version + "'\n"
			if err := os.WriteFile(filepath.Join(path, "nft"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", path)
			if got := oldNFT(t.Context()); (len(got) > 0) != old {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestShortOfSomething(t *testing.T) {
	const enough, tooMany = 0, 1 << 24 // nodes
	dir := t.TempDir()
	if got := shortOfSpace(dir, enough); len(got) != 0 {
		t.Errorf("space for nothing: %v", got)
	}
	if got := shortOfSpace(dir, tooMany); len(got) != 1 || !strings.Contains(got[0].What, "MiB free") {
		t.Errorf("space for %d nodes: %v", tooMany, got)
	}
	if got := shortOfMemory(tooMany); len(got) != 1 || !strings.Contains(got[0].What, "of memory") {
		t.Errorf("memory for %d nodes: %v", tooMany, got)
	}
}

func TestExisting(t *testing.T) {
	dir := t.TempDir()
	for _, below := range []string{"", "a", "a/b/c"} {
		if got := existing(filepath.Join(dir, below)); got != dir {
			t.Errorf("existing(%q) = %s, want %s", below, got, dir)
		}
	}
}

func TestPreflightLeavesNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("looking at the kernel's features needs root")
	}
	dir := t.TempDir()
	p := New(Options{StateDir: filepath.Join(dir, "state")})
	for _, problem := range p.Preflight(t.Context(), 1) {
		t.Log(problem) // this machine may have some
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if left, _ := filepath.Glob("/sys/fs/cgroup/*/" + cgroupPrefix + "preflight-*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestPreflightSeesAKernelThatRefuses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("looking at the kernel's features needs root")
	}
	p := New(Options{StateDir: t.TempDir(), Self: "/bin/false"})
	problems := p.probe(t.Context(), p.stateDir)
	if len(problems) != 1 || !strings.Contains(problems[0].What, "new namespaces") {
		t.Errorf("got %v", problems)
	}
	p.self = "/bin/true"
	problems = p.probe(t.Context(), p.stateDir)
	if len(problems) != 1 || !strings.Contains(problems[0].What, "no answer") {
		t.Errorf("got %v", problems)
	}
}
