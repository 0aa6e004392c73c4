//go:build linux

// Package cgroup gives a cluster a subtree of its own in every cgroup hierarchy of the machine, be it the single one of
// version 2, the several of version 1, or both side by side, and takes it away again.
package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const mountPoint = "/sys/fs/cgroup"

// Hierarchies are the directories under which cgroups are made.
type Hierarchies struct {
	roots   []string
	Unified bool // version 2 only; otherwise the controllers are those of version 1
}

// Find reads the machine's hierarchies from below /sys/fs/cgroup.
func Find() (Hierarchies, error) {
	var fsinfo unix.Statfs_t
	if err := unix.Statfs(mountPoint, &fsinfo); err != nil {
		return Hierarchies{}, fmt.Errorf("looking at %s: %w; mount the cgroup file system there", mountPoint, err)
	}
	if fsinfo.Type == unix.CGROUP2_SUPER_MAGIC {
		return Hierarchies{roots: []string{mountPoint}, Unified: true}, nil
	}
	entries, err := os.ReadDir(mountPoint)
	if err != nil {
		return Hierarchies{}, fmt.Errorf("listing cgroup hierarchies: %w", err)
	}
	var h Hierarchies
	for _, entry := range entries {
		root := filepath.Join(mountPoint, entry.Name())
		// Links such as cpu -> cpu,cpuacct name a hierarchy that has its own entry.
		if !entry.IsDir() || unix.Statfs(root, &fsinfo) != nil {
			continue
		}
		if fsinfo.Type == unix.CGROUP_SUPER_MAGIC || fsinfo.Type == unix.CGROUP2_SUPER_MAGIC {
			h.roots = append(h.roots, root)
		}
	}
	if len(h.roots) == 0 {
		return Hierarchies{}, fmt.Errorf("no cgroup hierarchy is mounted below %s", mountPoint)
	}
	return h, nil
}

// Version2 is the directory of the version 2 hierarchy, "" where there is none.
func (h Hierarchies) Version2() string {
	for _, root := range h.roots {
		var fsinfo unix.Statfs_t
		if unix.Statfs(root, &fsinfo) == nil && fsinfo.Type == unix.CGROUP2_SUPER_MAGIC {
			return root
		}
	}
	return ""
}

// Missing returns those controllers that no hierarchy offers.
func (h Hierarchies) Missing(controllers ...string) []string {
	offered := map[string]bool{}
	for _, root := range h.roots {
		raw, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
		if err != nil { // version 1: its directory is named after what it controls
			raw = []byte(strings.ReplaceAll(filepath.Base(root), ",", " "))
		}
		for _, c := range strings.Fields(string(raw)) {
			offered[c] = true
		}
	}
	return slices.DeleteFunc(controllers, func(c string) bool { return offered[c] })
}

// Make creates the cgroup path ("a/b", below the root) in every hierarchy and hands it what its parents have to give.
// With version 2 no process may sit in any directory above path's last element.
func (h Hierarchies) Make(path string) error {
	for _, root := range h.roots {
		dir := root
		for _, name := range strings.Split(path, "/") {
			// Beside version 1 nobody needs the few controllers version 2 is left with.
			if h.Unified {
				if err := offer(dir); err != nil {
					return err
				}
			}
			parent := dir
			dir = filepath.Join(dir, name)
			if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("creating cgroup: %w", err)
			}
			if err := inheritCPUSet(parent, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// offer lets children of a version 2 cgroup use every controller it has.
func offer(dir string) error {
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading cgroup controllers: %w", err)
	}
	offered, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	if err != nil {
		return fmt.Errorf("reading cgroup controllers: %w", err)
	}
	var missing []string
	for _, c := range strings.Fields(string(controllers)) {
		if !slices.Contains(strings.Fields(string(offered)), c) {
			missing = append(missing, "+"+c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	err = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte(strings.Join(missing, " ")), 0)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("enabling controllers %v in %s: %w; processes sit in that cgroup: move them to a child of it",
			missing, dir, err)
	}
	if err != nil {
		return fmt.Errorf("enabling controllers %v in %s: %w", missing, dir, err)
	}
	return nil
}

// inheritCPUSet fills the two files a version 1 cpuset needs before a process may enter it.
func inheritCPUSet(parent, dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		current, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) || len(strings.TrimSpace(string(current))) > 0 {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "cgroup.controllers")); err == nil {
			continue // version 2 inherits by itself
		}
		value, err := os.ReadFile(filepath.Join(parent, name))
		if err != nil {
			return fmt.Errorf("reading the parent's cpuset: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), value, 0); err != nil {
			return fmt.Errorf("filling a new cpuset: %w", err)
		}
	}
	return nil
}

// Join moves the calling process into path in every hierarchy.
func (h Hierarchies) Join(path string) error {
	for _, root := range h.roots {
		procs := filepath.Join(root, path, "cgroup.procs")
		if err := os.WriteFile(procs, []byte("0"), 0); err != nil {
			return fmt.Errorf("entering cgroup: %w", err)
		}
	}
	return nil
}

// Of returns the cgroup of a process below a hierarchy's root, without a leading slash. It is meant for processes that
// are in the same one everywhere, as Join arranges.
func Of(pid int) (string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "", fmt.Errorf("reading cgroup of process %d: %w", pid, err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	_, path, ok := strings.Cut(line, ":/") // number:controllers:/path
	if !ok || path == "" {
		return "", fmt.Errorf("reading cgroup of process %d: it is in none of its own (%q)", pid, line)
	}
	return path, nil
}

// Remove takes the cgroup and everything below it out of every hierarchy. It waits for processes that are just dying;
// what is absent is no error.
func (h Hierarchies) Remove(ctx context.Context, path string) error {
	var errs []error
	for _, root := range h.roots {
		errs = append(errs, removeTree(ctx, filepath.Join(root, path)))
	}
	return errors.Join(errs...)
}

func removeTree(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing cgroup: %w", err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		if err := removeTree(ctx, filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	for {
		err := unix.Rmdir(dir)
		if err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("removing cgroup %s: %w", dir, err)
		}
		select {
		case <-ctx.Done():
			procs, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
			return fmt.Errorf("removing cgroup %s: %w (processes in it: %v)", dir, err, strings.Fields(string(procs)))
		// A killed process leaves its cgroup a moment after its parent saw it die, and nothing announces that on
		// version 1.
		case <-time.After(10 * time.Millisecond):
		}
	}
}
