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
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
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
	problems := missingTools()
	problems = append(problems, p.shortOfSpace(existing(p.stateDir), nodes)...)
	problems = append(problems, shortOfMemory(nodes)...)
	problems = append(problems, inotifyLimit()...)
	problems = append(problems, missingControllers()...)
	return append(problems, p.probe(ctx, existing(p.stateDir))...)
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

// existing is dir, or the nearest directory above it that exists: the file system dir would be made on.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// Measured: a node's images, binaries and etcd take well below a gigabyte each.
const (
	diskPerNode     = 1500 << 20
	memoryFirstNode = 1200 << 20
	memoryPerNode   = 400 << 20
)

func (p *Platform) shortOfSpace(dir string, nodes int) []Problem {
	var fsinfo unix.Statfs_t
	if err := unix.Statfs(dir, &fsinfo); err != nil {
		return []Problem{{fmt.Sprintf("the state directory %s cannot be used: %v", p.stateDir, err), "choose another one"}}
	}
	free, need := fsinfo.Bavail*uint64(fsinfo.Bsize), uint64(nodes)*diskPerNode
	if free >= need {
		return nil
	}
	return []Problem{{
		fmt.Sprintf("%s has %d MiB free, and %d nodes need %d MiB", p.stateDir, free>>20, nodes, need>>20),
		"free some space or choose another state directory",
	}}
}

func shortOfMemory(nodes int) []Problem {
	need := uint64(memoryFirstNode + (nodes-1)*memoryPerNode)
	raw, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return []Problem{{fmt.Sprintf("the machine's memory is unknown: %v", err), "mount /proc"}}
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line) // MemAvailable: 123 kB
		if len(fields) != 3 || fields[0] != "MemAvailable:" {
			continue
		}
		if kib, err := strconv.ParseUint(fields[1], 10, 64); err == nil && kib<<10 < need {
			return []Problem{{
				fmt.Sprintf("%d MiB of memory are available, and %d nodes need %d MiB", kib>>10, nodes, need>>20),
				"end other programs or take fewer nodes",
			}}
		}
	}
	return nil
}

// inotifyLimit: a cluster of two nodes has about thirty instances, all of one user.
func inotifyLimit() []Problem {
	const want = 128
	raw, err := os.ReadFile("/proc/sys/fs/inotify/max_user_instances")
	if err != nil {
		return []Problem{{"the kernel has no inotify", "boot one with CONFIG_INOTIFY_USER"}}
	}
	if have, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil && have < want {
		return []Problem{{
			fmt.Sprintf("a user may have only %d inotify instances", have),
			fmt.Sprintf("sysctl -w fs.inotify.max_user_instances=%d", 4*want),
		}}
	}
	return nil
}

func missingControllers() []Problem {
	h, err := cgroup.Find()
	if err != nil {
		return []Problem{{err.Error(), "mount cgroups as the distribution does"}}
	}
	missing := h.Missing("cpu", "cpuset", "memory", "pids")
	if len(missing) == 0 {
		return nil
	}
	return []Problem{{
		"the cgroup controllers " + strings.Join(missing, ", ") + " are not available",
		"enable them on the kernel's command line, e.g. cgroup_enable=memory",
	}}
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
