package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Prune removes from the cache what no runner asked for during the given time, and what killed runners left, and gives
// the paths of what it removed. What is being built meanwhile stays.
func Prune(ctx context.Context, o Options, unused time.Duration) ([]string, error) {
	root, err := o.Root()
	if err != nil {
		return nil, err
	}
	names, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	c := cache{root: root}
	var removed []string
	for _, name := range names {
		if ctx.Err() != nil {
			return removed, ctx.Err()
		}
		gone, err := c.prune(name.Name(), time.Now().Add(-unused))
		if removed = append(removed, gone...); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// prune removes the directories of one name that were last used before a point in time. Its holding the lock means that
// an unfinished directory belongs to nobody.
func (c cache) prune(name string, before time.Time) ([]string, error) {
	path := filepath.Join(c.root, name, "lock")
	if _, err := os.Stat(path); err != nil {
		return nil, nil // not ours
	}
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if !locked {
		return nil, nil // something of that name is being built
	}
	defer lock.Close()
	entries, err := os.ReadDir(filepath.Join(c.root, name))
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	var removed []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return removed, fmt.Errorf("reading the cache: %w", err)
		}
		if !entry.IsDir() || !unfinished(entry.Name()) && info.ModTime().After(before) {
			continue
		}
		path := c.path(name, entry.Name())
		if err := os.RemoveAll(path); err != nil {
			return removed, fmt.Errorf("removing what is not used any more: %w", err)
		}
		removed = append(removed, path)
	}
	return removed, nil
}
