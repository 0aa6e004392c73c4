//go:build linux

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

// List names every cluster of which something exists, complete or not, sorted.
func (p *Platform) List(context.Context) ([]string, error) {
	entries, err := os.ReadDir(p.stateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing local clusters: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && checkName(entry.Name()) == nil {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// DeleteAll deletes every cluster, including those whose directory somebody has removed while they ran. It returns the
// names of those that are gone, also together with an error about the others.
func (p *Platform) DeleteAll(ctx context.Context) ([]string, error) {
	names, unlisted := p.List(ctx)
	gone, undeleted := platforms.DeleteEach(ctx, names, p.Delete)
	strays, err := p.strays()
	errs := []error{unlisted, undeleted, err}
	for _, s := range strays {
		if err := s.remove(ctx); err != nil {
			errs = append(errs, fmt.Errorf("deleting cluster %s, whose directory is gone: %w", s.name, err))
			continue
		}
		gone = append(gone, s.name)
	}
	return gone, errors.Join(errs...)
}

// stray is a cluster's init without a directory.
type stray struct {
	process.Identity
	name string
}

// strays looks through the machine's processes for inits of clusters below our state directory.
func (p *Platform) strays() ([]stray, error) {
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var found []stray
	for _, path := range commands {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended since
		}
		argv := strings.Split(string(bytes.TrimSuffix(raw, []byte{0})), "\x00")
		if len(argv) != 2 || argv[0] != node.ClusterInit || filepath.Dir(argv[1]) != p.stateDir {
			continue
		}
		if _, err := os.Lstat(argv[1]); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		if id, err := process.Of(pid); err == nil {
			found = append(found, stray{id, filepath.Base(argv[1])})
		}
	}
	return found, nil
}

func (s stray) remove(ctx context.Context) error {
	group, err := cgroup.Of(s.PID) // unknown once it is dead
	if err != nil {
		return err
	}
	if err := s.Kill(ctx); err != nil {
		return err
	}
	own, ok := strings.CutSuffix(group, node.InitCgroup)
	if !ok || !strings.HasPrefix(own, cgroupPrefix+s.name+"-") {
		return nil // it was killed before it made one
	}
	return removeCgroup(ctx, own)
}
