//go:build linux

package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
)

// mounter does one mount after another and keeps the first error.
type mounter struct{ err error }

func (m *mounter) mount(source, target, fstype string, flags uintptr, data string) {
	if m.err != nil {
		return
	}
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		m.err = fmt.Errorf("mounting %s at %s: %w", fstypeOr(fstype, source), target, err)
	}
}

func fstypeOr(fstype, source string) string {
	if fstype != "" {
		return fstype
	}
	return source
}

func (m *mounter) dir(path string, mode os.FileMode) {
	if m.err == nil {
		m.err = os.MkdirAll(path, mode)
	}
}

func (m *mounter) file(path, content string) {
	if m.err != nil {
		return
	}
	// A link such as /etc/resolv.conf often leads to /run, which is empty now: the file takes its place.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		m.err = err
		return
	}
	m.err = os.WriteFile(path, []byte(content), 0o644)
}

// links replaces directories, which are empty yet, by links to others.
func (m *mounter) links(links map[string]string) {
	for path, target := range links {
		m.dir(target, 0o755)
		if m.err == nil {
			m.err = os.RemoveAll(path)
		}
		if m.err == nil {
			m.err = os.Symlink(target, path)
		}
	}
}

// open pins a directory, so that it can be mounted after its path has been covered.
func (m *mounter) open(path string) string {
	if m.err != nil {
		return ""
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		m.err = fmt.Errorf("opening %s: %w", path, err)
	}
	return fmt.Sprintf("/proc/self/fd/%d", fd)
}

// setUpMounts turns the copy of the machine's mounts into the node's view: the same root file system, with its own
// /proc, /sys, /run and /tmp, private overlays where programs of a node write, and the node's directories at the
// standard paths. Everything is shared within the node in the end, as kubelet and istio-cni demand.
func setUpMounts(n Node, home, bin string) error {
	m := &mounter{}
	m.mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	m.mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	homeFD, binFD, cgroups := m.open(home), m.open(bin), m.open("/sys/fs/cgroup")

	// A fresh sysfs shows the interfaces of this network namespace.
	m.mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	m.mount(cgroups, "/sys/fs/cgroup", "", unix.MS_BIND|unix.MS_REC, "")

	m.mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
	m.dir(Home, 0o755)
	m.mount(homeFD, Home, "", unix.MS_BIND, "")
	m.dir(Home+"/bin", 0o755)
	m.mount(binFD, Home+"/bin", "", unix.MS_BIND, "")
	m.mount("", Home+"/bin", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	for _, dir := range []string{"/run/netns", "/run/lock", "/run/overlay", "/run/shadow"} {
		m.dir(dir, 0o755)
	}

	m.links(n.Links)
	m.overlays(n.Overlays)
	m.varRun()
	for _, b := range n.Binds {
		m.dir(b.Target, 0o755)
		m.mount(filepath.Join(Home, b.Source), b.Target, "", unix.MS_BIND, "")
	}
	for path, content := range n.Files {
		m.file(path, content)
	}
	m.shadow(n.Shadows)
	m.cgroupRoot(n.NodeCgroup, n.CgroupRoot)
	// Last, because the paths of node directory and binaries may lie below it.
	m.mount("tmpfs", "/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
	m.mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
	return m.err
}

// overlays lets the node write below directories of the machine: its changes stay in memory and end with it. The upper
// layer is a tmpfs because it must not lie inside the lower one.
func (m *mounter) overlays(dirs []string) {
	covered := map[string]bool{}
	for _, dir := range dirs {
		m.dir(dir, 0o755)
		lower, err := filepath.EvalSymlinks(dir) // /home is /var/home on some systems
		if m.err != nil || err != nil || covered[top(lower)] {
			m.err = errors.Join(m.err, err)
			continue
		}
		covered[lower] = true
		upper, work := filepath.Join("/run/overlay", lower, "upper"), filepath.Join("/run/overlay", lower, "work")
		m.dir(upper, 0o755)
		m.dir(work, 0o755)
		m.mount("overlay", lower, "overlay", 0, "lowerdir="+lower+",upperdir="+upper+",workdir="+work)
	}
}

// top is the first element of an absolute path.
func top(path string) string {
	for filepath.Dir(path) != "/" && path != "/" {
		path = filepath.Dir(path)
	}
	return path
}

// varRun makes /var/run the node's /run also where it is not a link.
func (m *mounter) varRun() {
	if m.err != nil {
		return
	}
	if real, err := filepath.EvalSymlinks("/var/run"); err == nil && real == "/run" {
		return
	}
	m.dir("/var/run", 0o755)
	m.mount("/run", "/var/run", "", unix.MS_BIND|unix.MS_REC, "")
}

// cgroupRoot shows one version 2 cgroup as if it were the root of its hierarchy.
func (m *mounter) cgroupRoot(path, at string) {
	if at == "" || m.err != nil {
		return
	}
	hierarchies, err := cgroup.Find()
	if err != nil {
		m.err = err
		return
	}
	root := hierarchies.Version2()
	if root == "" {
		m.err = errors.New("looking for the version 2 cgroup hierarchy: none is mounted below /sys/fs/cgroup; boot with systemd.unified_cgroup_hierarchy=1 or mount it at /sys/fs/cgroup/unified")
		return
	}
	m.dir(at, 0o755)
	m.mount(filepath.Join(root, path), at, "", unix.MS_BIND, "")
}

func (m *mounter) shadow(values map[string]string) {
	for name, value := range values {
		if _, err := os.Stat(filepath.Join("/proc/sys", name)); err != nil {
			continue // a kernel without the setting: nobody can write it
		}
		copied := filepath.Join("/run/shadow", filepath.Base(name))
		m.file(copied, value+"\n")
		m.mount(copied, filepath.Join("/proc/sys", name), "", unix.MS_BIND, "")
	}
}
