//go:build linux

package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
)

// Delete removes the cluster, whatever stage it is in. It waits while another runner creates or deletes it.
func (p *Platform) Delete(ctx context.Context, cluster string) error {
	if err := checkName(cluster); err != nil {
		return err
	}
	if err := p.remove(ctx, p.dir(cluster)); err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	return nil
}

func (p *Platform) remove(ctx context.Context, dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, err := acquire(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) { // deleted by somebody else while we waited
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.release()
	if err := clearUp(ctx, dir); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing state: %w", err)
	}
	return nil
}

// clearUp undoes what the directory tells of, and leaves nothing in it but the lock.
func clearUp(ctx context.Context, dir string) error {
	// The processes first: with them go mounts and interfaces, and only an empty cgroup can be removed.
	if id, alive := initOf(dir); alive {
		if err := id.Kill(ctx); err != nil {
			return err
		}
	}
	if err := unmountBelow(dir); err != nil {
		return err
	}
	// Without a record no cgroup was made; with one that a crash of the machine has spoilt there is none any more.
	var r record
	if readJSON(filepath.Join(dir, recordFile), &r) == nil && r.Cgroup != "" {
		if err := removeCgroup(ctx, r.Cgroup); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("removing state: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("removing state: %w", err)
		}
	}
	return nil
}

func removeCgroup(ctx context.Context, path string) error {
	hierarchies, err := cgroup.Find()
	if err != nil {
		return err
	}
	return hierarchies.Remove(ctx, path)
}

// unmountBelow detaches mounts below dir in the machine's mount namespace. There are none unless something has carried
// a node's mounts out of its namespace; removing files through one would be worse than the mount.
func unmountBelow(dir string) error {
	file, err := os.Open("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("listing mounts: %w", err)
	}
	defer file.Close()
	var targets []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		if fields := strings.Fields(scanner.Text()); len(fields) > 1 && strings.HasPrefix(fields[1], dir+"/") {
			targets = append(targets, fields[1])
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("listing mounts: %w", err)
	}
	for _, target := range slices.Backward(targets) {
		if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmounting %s: %w", target, err)
		}
	}
	return nil
}
