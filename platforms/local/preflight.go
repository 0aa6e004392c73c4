//go:build linux

package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// Preflight looks whether the machine can carry a cluster of so many nodes. It changes nothing that outlives it: the
// kernel's features are tried out in namespaces of their own. Without root it looks no further.
func (p *Platform) Preflight(ctx context.Context, nodes int) []Problem {
	if os.Geteuid() != 0 {
		return []Problem{{"the local platform needs root, to make namespaces and mounts", "run it with sudo, or take --platform kind"}}
	}
	if nodes == 0 {
		nodes = defaultNodes
	}
	base := existing(p.stateDir)
	return slices.Concat(
		missingTools(), oldNFT(ctx), shortOfSpace(base, nodes), shortOfMemory(nodes), inotifyLimit(), noKernelLog(),
		withoutCgroups(ctx), p.probe(ctx, base),
	)
}

// missingTools looks for the programs of the machine that nodes run, kubelet and istio-cni among their callers.
func missingTools() []Problem {
	packages := []struct{ tool, from string }{
		{"nft", "nftables"}, {"iptables", "iptables"}, {"ip6tables", "iptables"}, {"ipset", "ipset"},
		{"mount", "mount"}, {"umount", "mount"}, {"nsenter", "util-linux"},
	}
	var problems []Problem
	for _, p := range packages {
		if _, err := exec.LookPath(p.tool); err != nil {
			problems = append(problems, Problem{"the program " + p.tool + " is missing", "apt-get install " + p.from})
		}
	}
	return problems
}

// oldNFT: kube-proxy's nftables mode needs nft 1.0.1, and says so only when the cluster starts.
func oldNFT(ctx context.Context) []Problem {
	out, err := exec.CommandContext(ctx, "nft", "--version").Output()
	if err != nil {
		return nil // missing, which is told already
	}
	version := regexp.MustCompile(`v0\.\S+|v1\.0\.0\b`).FindString(string(out))
	if version == "" {
		return nil
	}
	return []Problem{{"nft is of version " + version + ", and kube-proxy needs 1.0.1", "install a newer nftables"}}
}

// existing is dir, or the nearest directory above it that exists: the file system dir would be made on.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// probe runs this executable in the namespaces of a node to try what a node does.
func (p *Platform) probe(ctx context.Context, dir string) []Problem {
	scratch, err := os.MkdirTemp(dir, ".ambient-preflight-")
	if err != nil {
		return []Problem{{
			fmt.Sprintf("the state directory %s cannot be written to: %v", p.stateDir, err), "choose another one",
		}}
	}
	defer os.RemoveAll(scratch)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, p.self)
	cmd.Args = []string{node.ProbeInit, scratch}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: node.Namespaces}
	if err := cmd.Run(); err != nil {
		return []Problem{{
			fmt.Sprintf("a process in new namespaces cannot be started: %v%s", err, said(stderr.Bytes())),
			"run on a kernel with PID, mount, network, UTS and IPC namespaces, outside of an unprivileged container",
		}}
	}
	var failures []node.Failure
	if err := json.Unmarshal(stdout.Bytes(), &failures); err != nil {
		return []Problem{{fmt.Sprintf("trying out the kernel gave no answer: %v%s", err, said(stderr.Bytes())), "report this"}}
	}
	var problems []Problem
	for _, f := range failures {
		problems = append(problems, Problem{fmt.Sprintf("the kernel refuses %s: %s", f.Feature, f.Err), remedy(f.Feature, p.stateDir)})
	}
	return problems
}

func remedy(feature, stateDir string) string {
	if feature == node.OverlayFeature {
		return "load the module overlay, or choose a state directory instead of " + stateDir + " on ext4, xfs or tmpfs"
	}
	return "load the kernel module for it, or run outside of an unprivileged container"
}
