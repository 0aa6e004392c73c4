//go:build linux

package node

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// ProbeInit is the runner's executable trying out, in namespaces of its own, what a node needs: ProbeInit DIR, where DIR
// lies where nodes would keep their images. It prints a JSON list of Failures and ends.
const ProbeInit = "ambient-probe-init"

// OverlayFeature is the one feature that depends on the directory as much as on the kernel.
const OverlayFeature = "overlay mounts"

// Failure is a feature the kernel refused.
type Failure struct {
	Feature string `json:"feature"`
	Err     string `json:"err"`
}

// runProbe tries every feature and returns the exit status, 0 whatever they were.
func runProbe(dir string) int {
	features := []struct {
		name string
		try  func() error
	}{
		{"private mounts", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{OverlayFeature, func() error { return tryOverlay(dir) }},
		{"a tmpfs as upper layer", func() error { return tryTmpfsUpper(dir) }},
		{"a new /proc", func() error { return unix.Mount("proc", "/proc", "proc", 0, "") }},
		{"bridges", func() error { return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: linkNamed("probe0")}) }},
		{"veth pairs", func() error {
			return netlink.LinkAdd(&netlink.Veth{LinkAttrs: linkNamed("probe1"), PeerName: "probe2"})
		}},
		{"nftables", func() error {
			return tryCommand("nft", "add table ip probe; add chain ip probe nat { type nat hook output priority 0; }")
		}},
		{"iptables", func() error { return tryCommand("iptables", "-w", "-t", "nat", "-L", "-n") }},
		{"ipset", func() error { return tryCommand("ipset", "create", "probe", "hash:ip") }},
	}
	failures := []Failure{}
	for _, f := range features {
		if err := f.try(); err != nil {
			failures = append(failures, Failure{f.name, err.Error()})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(failures); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func tryOverlay(dir string) error {
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	merged := filepath.Join(dir, "merged")
	data := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)
	if err := unix.Mount("overlay", merged, "overlay", 0, data); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(merged, "file"), nil, 0o644); err != nil {
		return err
	}
	return unix.Unmount(merged, 0)
}

func tryTmpfsUpper(dir string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	if err := tryOverlay(dir); err != nil {
		return err
	}
	return unix.Unmount(dir, 0)
}

func linkNamed(name string) netlink.LinkAttrs {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	return attrs
}

// tryCommand passes over a program that is missing: that is reported on its own.
func tryCommand(name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
