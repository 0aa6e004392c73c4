//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
)

// Measured: a node's images, binaries and etcd take well below a gigabyte each.
const (
	diskPerNode     = 1500 << 20
	memoryFirstNode = 1200 << 20
	memoryPerNode   = 400 << 20
)

// shortOfSpace looks at the file system that will hold the nodes' directories.
func shortOfSpace(dir string, nodes int) []Problem {
	var fsinfo unix.Statfs_t
	if err := unix.Statfs(dir, &fsinfo); err != nil {
		return []Problem{{fmt.Sprintf("the file system of %s cannot be read: %v", dir, err), "choose another state directory"}}
	}
	if fsinfo.Flags&unix.ST_NOEXEC != 0 {
		return []Problem{{dir + " is mounted noexec, so no container could start from it", "choose another state directory"}}
	}
	free, need := fsinfo.Bavail*uint64(fsinfo.Bsize), uint64(nodes)*diskPerNode
	if free >= need {
		return nil
	}
	return []Problem{{
		fmt.Sprintf("%s has %d MiB free, and %d nodes need %d MiB", dir, free>>20, nodes, need>>20),
		"free some space or choose another state directory",
	}}
}

// shortOfMemory counts what programs could have without swapping.
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

// noKernelLog: the kubelet watches it for the out-of-memory killer, and does not start without.
func noKernelLog() []Problem {
	if _, err := os.Stat("/dev/kmsg"); err != nil {
		return []Problem{{"the device /dev/kmsg is missing", "mknod /dev/kmsg c 1 11, or run outside of an unprivileged container"}}
	}
	return nil
}

// withoutCgroups makes a cgroup as a node would, and removes it.
func withoutCgroups(ctx context.Context) []Problem {
	h, err := cgroup.Find()
	if err != nil {
		return []Problem{{err.Error(), "mount cgroups as the distribution does"}}
	}
	if missing := h.Missing("cpu", "cpuset", "memory", "pids"); len(missing) > 0 {
		return []Problem{{
			"the cgroup controllers " + strings.Join(missing, ", ") + " are not available",
			"enable them on the kernel's command line, e.g. cgroup_enable=memory",
		}}
	}
	name := newCgroup("preflight")
	if err := errors.Join(h.Make(name+"/node"), h.Remove(ctx, name)); err != nil {
		return []Problem{{err.Error(), "run where root may make cgroups"}}
	}
	return nil
}
