//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// Logs copies the logs of every component and pod: init.log, and per node a directory with a file per component and the
// pods' logs below pods/.
func (p *Platform) Logs(ctx context.Context, cluster, dir string) error {
	home := p.dir(cluster)
	var r record
	if err := readJSON(filepath.Join(home, recordFile), &r); err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	if err := copyTree(ctx, filepath.Join(home, clusterLog), filepath.Join(dir, clusterLog)); err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	for _, name := range nodeNames(r.Spec) {
		if err := copyTree(ctx, filepath.Join(node.Dir(home, name), "log"), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("collecting logs of node %s: %w", name, err)
		}
	}
	return nil
}

// copyTree copies regular files. Links are left out: those in containers/ repeat what is in pods/.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // rotated away meanwhile, or never written
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return copyFile(path, target, 0o644)
	})
}
