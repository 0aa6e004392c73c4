package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
)

const (
	// kindPause is the sandbox image in the configuration of containerd that kind's base image has.
	kindPause = "registry.k8s.io/pause:3.10"

	// debianSuite has the last systemd that starts on cgroup v1, which kind's nodes share with their machine.
	debianSuite = "bookworm"
)

// debianPackages are those of kind's base image, without the clients of network storage.
func debianPackages() []string {
	return []string{
		"systemd", "systemd-sysv", "dbus",
		"conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod",
		"libseccomp2", "pigz", "e2fsprogs", "bash", "ca-certificates", "curl", "jq", "procps", "hostname",
	}
}

// debianTrim makes systemd start what a node needs and nothing else: a shell command run with the new root as $1.
const debianTrim = `cd "$1" &&
rm -f etc/systemd/system/*.wants/* lib/systemd/system/multi-user.target.wants/* \
  lib/systemd/system/local-fs.target.wants/* lib/systemd/system/basic.target.wants/* \
  lib/systemd/system/sockets.target.wants/*udev* lib/systemd/system/sockets.target.wants/*initctl* \
  lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service &&
echo ReadKMsg=no >> etc/systemd/journald.conf`

// mmdebstrapArguments are those that decide what the base holds.
func mmdebstrapArguments(arch string) []string {
	return []string{
		"--variant=minbase", "--architectures=" + arch, "--include=" + strings.Join(debianPackages(), ","),
		"--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
		"--customize-hook=" + debianTrim,
		debianSuite,
	}
}

func baseKey(arch string) string {
	sum := sha256.Sum256([]byte(strings.Join(mmdebstrapArguments(arch), "\n")))
	return hex.EncodeToString(sum[:])[:20]
}

// base is the tar of a Debian system that has what a node needs.
func (n kindNode) base(ctx context.Context) (string, error) {
	dir, reserved, err := n.cache.reserve(ctx, "debian", baseKey(n.arch), "base.tar")
	if err != nil || reserved == nil {
		return filepath.Join(dir, "base.tar"), err
	}
	n.cache.say.Say("fetching %d packages of Debian %s, which usually takes 2m30s", len(debianPackages()), debianSuite)
	fetch := command{
		dir:  reserved.scratch(),
		env:  []string{"TMPDIR=" + reserved.scratch()},
		args: append(append([]string{"mmdebstrap"}, mmdebstrapArguments(n.arch)...), filepath.Join(reserved.dir, "base.tar")),
	}
	if err := fetch.run(ctx, func(string) {}, func(string) bool { return false }); err != nil {
		return "", reserved.abandon(fmt.Errorf("making the Debian base: %w", err))
	}
	if dir, err = reserved.publish(); err != nil {
		return "", err
	}
	return filepath.Join(dir, "base.tar"), nil
}

// files are what lies on the base: kind's own files, the binaries, and what joins them.
func (n kindNode) files(ctx context.Context, source string) ([]archive.File, error) {
	files, err := tree(filepath.Join(source, "images", "base", "files"), "", func(at string) int64 {
		if strings.HasPrefix(at, "/usr/local/bin/") || strings.HasPrefix(at, "/kind/bin/") {
			return 0o755
		}
		return 0o644
	})
	if err != nil {
		return nil, fmt.Errorf("reading the files of kind's base image: %w", err)
	}
	for dir, names := range map[string][]string{
		"/usr/bin":        {"kubeadm", "kubelet", "kubectl"},
		"/usr/local/bin":  {"containerd", "containerd-shim-runc-v2", "ctr"},
		"/usr/local/sbin": {"runc"},
		"/opt/cni/bin":    {"ptp", "bridge", "host-local", "loopback", "portmap"},
	} {
		for _, name := range names {
			files = append(files, archive.File{Path: path.Join(dir, name), Source: filepath.Join(n.bin, name)})
		}
	}
	config, err := containerdConfig(source)
	if err != nil {
		return nil, err
	}
	spec, err := n.containerSpec(ctx)
	if err != nil {
		return nil, err
	}
	files = append(files,
		archive.File{Path: "/etc/containerd/config.toml", Content: config},
		archive.File{Path: "/etc/containerd/cri-base.json", Content: spec})
	return append(files, nodeUnits()...), nil
}

// nodeUnits are the services of a node, and what they find in place.
func nodeUnits() []archive.File {
	files := []archive.File{
		{Path: "/etc/kubernetes/manifests/"},
		{Path: "/kind/version", Content: []byte(kubernetesVersion)},
		{Path: "/kind/manifests/default-storage.yaml", Content: []byte("apiVersion: storage.k8s.io/v1\nkind: StorageClass\n" +
			"metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}}\n" +
			"provisioner: kubernetes.io/no-provisioner\nvolumeBindingMode: WaitForFirstConsumer\n")},
		// The library lists images by crictl when it collects logs. Its module is not to be had from a module proxy.
		{Path: "/usr/local/bin/crictl", Mode: 0o755, Content: []byte("#!/bin/sh\n" +
			"[ \"$*\" = images ] && exec ctr --namespace k8s.io images list\n" +
			"echo \"crictl: this node image has only: crictl images\" >&2\nexit 1\n")},
		{Path: "/etc/systemd/system/systemd-binfmt.service", Link: "/dev/null"}, // it would change the whole machine
		// A container without CAP_SYS_RESOURCE may neither lower its score nor raise its limits, and the service then fails.
		{Path: "/etc/systemd/system/containerd.service.d/10-unprivileged.conf", Content: []byte(
			"[Service]\nOOMScoreAdjust=\nLimitNPROC=\nLimitCORE=\nLimitNOFILE=\n")},
	}
	for _, unit := range []string{"kubelet", "containerd", "undo-mount-hacks"} {
		files = append(files, archive.File{
			Path: "/etc/systemd/system/multi-user.target.wants/" + unit + ".service",
			Link: "/etc/systemd/system/" + unit + ".service",
		})
	}
	return files
}

// containerdConfig is kind's, changed so that containers start without CAP_SYS_RESOURCE too.
func containerdConfig(source string) ([]byte, error) {
	config, err := os.ReadFile(filepath.Join(source, "images", "base", "files", "etc", "containerd", "config.toml"))
	if err != nil {
		return nil, fmt.Errorf("reading kind's configuration of containerd: %w", err)
	}
	if !bytes.Contains(config, []byte(`sandbox_image = "`+kindPause+`"`)) {
		return nil, fmt.Errorf("reading kind's configuration of containerd: its sandbox image is no longer %s", kindPause)
	}
	from, to := []byte("restrict_oom_score_adj = false"), []byte("restrict_oom_score_adj = true")
	if !bytes.Contains(config, from) {
		return nil, fmt.Errorf("reading kind's configuration of containerd: it no longer says %s", from)
	}
	return bytes.Replace(config, from, to, 1), nil
}

// containerSpec is the base of every container's specification: containerd's default with kind's hook, without limits.
func (n kindNode) containerSpec(ctx context.Context) ([]byte, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(n.bin, "ctr"), "oci", "spec").Output()
	if err != nil {
		return nil, fmt.Errorf("asking ctr for the default container specification: %w", err)
	}
	var spec map[string]any
	if err := json.Unmarshal(out, &spec); err != nil {
		return nil, fmt.Errorf("reading the default container specification: %w", err)
	}
	spec["hooks"] = map[string]any{"createContainer": []any{map[string]any{"path": "/kind/bin/mount-product-files.sh"}}}
	if process, ok := spec["process"].(map[string]any); ok {
		delete(process, "rlimits")
	}
	return json.Marshal(spec)
}

// tree lists the regular files and directories below a directory of this machine as files of an image.
func tree(from, to string, mode func(at string) int64) ([]archive.File, error) {
	var files []archive.File
	err := filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil || relative == "." {
			return err
		}
		at := path.Join(to, "/"+filepath.ToSlash(relative))
		switch {
		case entry.IsDir():
			files = append(files, archive.File{Path: at + "/"})
		case entry.Type().IsRegular():
			files = append(files, archive.File{Path: at, Source: name, Mode: mode(at)})
		}
		return nil
	})
	return files, err
}

// awaitSocket returns when something listens there.
func awaitSocket(ctx context.Context, socket string) error {
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 20*time.Second, true, func(ctx context.Context) (bool, error) {
		connection, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err != nil {
			return false, nil
		}
		return true, connection.Close()
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("waiting for containerd on %s: %w", socket, err)
	}
	return err
}
