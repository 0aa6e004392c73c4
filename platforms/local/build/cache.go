package build

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

	"github.com/gofrs/flock"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// cache holds what was built under names made from what it was built from:
//
//	<root>/<name>/<key>/…      complete, never changed
//	<root>/<name>/<key>.tmp/…  being made by the holder of the lock, or left by a process that was killed
//	<root>/<name>/lock
//
// A place is made complete by renaming it, so that a killed process never leaves half of anything.
type cache struct {
	root string
	say  platforms.Progress
}

// place is a directory being made. It belongs to this process until published or abandoned.
type place struct {
	dir  string
	goal string
	lock *flock.Flock
}

// path is where the complete directory is, or would be.
func (c cache) path(name, key string) string { return filepath.Join(c.root, name, key) }

// find gives the directory of a name and key if it is complete, and notes that it was used.
func (c cache) find(name, key string, files ...string) (dir string, ok bool) {
	dir = c.path(name, key)
	for _, file := range slices.Concat([]string{""}, files) { // "" is the directory itself
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			return "", false
		}
	}
	// Prune goes by this time; a cache that only others may write to is not pruned by us either.
	_ = os.Chtimes(dir, time.Time{}, time.Now())
	return dir, true
}

// reserve gives the complete directory, or else a place to make it in. While another process makes something of the
// same name it waits, and says so.
func (c cache) reserve(ctx context.Context, name, key string, files ...string) (dir string, made *place, err error) {
	if dir, ok := c.find(name, key, files...); ok {
		return dir, nil, nil
	}
	lock, err := c.lock(ctx, name)
	if err != nil {
		return "", nil, err
	}
	if dir, ok := c.find(name, key, files...); ok { // made while we waited
		return dir, nil, lock.Close()
	}
	made, err = c.prepare(name, key, lock)
	if err != nil {
		return "", nil, errors.Join(err, lock.Close())
	}
	return "", made, nil
}

// lock waits until no other process makes something of that name. One lock per name, not per key: names are few, so
// that lock files need no cleaning, and its holder may remove whatever is unfinished.
func (c cache) lock(ctx context.Context, name string) (*flock.Flock, error) {
	parent := filepath.Join(c.root, name)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("creating cache directory: %w", err)
	}
	lock := flock.New(filepath.Join(parent, "lock"))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		c.say.Say("%s: another process is building it in %s; waiting for that", name, parent)
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond) // flock(2) itself cannot be interrupted
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for the process that builds %s in %s: %w", name, parent, err)
	}
	return lock, nil
}

// prepare makes an empty place and removes what killed processes left.
func (c cache) prepare(name, key string, lock *flock.Flock) (*place, error) {
	p := &place{dir: c.path(name, key) + ".tmp", goal: c.path(name, key), lock: lock}
	leftovers, err := filepath.Glob(filepath.Join(c.root, name, "*.tmp"))
	if err != nil {
		return nil, fmt.Errorf("looking for unfinished builds of %s: %w", name, err)
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil {
			return nil, fmt.Errorf("removing an unfinished build: %w", err)
		}
	}
	if err := os.MkdirAll(p.scratch(), 0o755); err != nil {
		return nil, fmt.Errorf("creating cache directory: %w", err)
	}
	return p, nil
}

// scratch is for temporary files of the build: beside the cache there is space, in /tmp there may be none.
func (p *place) scratch() string { return filepath.Join(p.dir, "tmp") }

// write puts a file into the place.
func (p *place) write(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o644); err != nil {
		return fmt.Errorf("writing into the cache: %w", err)
	}
	return nil
}

// publish makes the place complete and gives its directory.
func (p *place) publish() (string, error) {
	defer p.lock.Close()
	// The goal exists if someone removed files from it.
	for _, obsolete := range []string{p.scratch(), p.goal} {
		if err := os.RemoveAll(obsolete); err != nil {
			return "", fmt.Errorf("clearing the way for %s: %w", p.goal, err)
		}
	}
	if err := os.Rename(p.dir, p.goal); err != nil {
		return "", fmt.Errorf("completing %s: %w", p.goal, err)
	}
	return p.goal, nil
}

// abandon gives the place up because of an error and passes that on. After a failing command the files stay until the
// next build, so that the command in the error can be tried.
func (p *place) abandon(cause error) error {
	defer p.lock.Close()
	var failed *CommandError
	if errors.As(cause, &failed) {
		return cause
	}
	if err := os.RemoveAll(p.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(cause, fmt.Errorf("removing an unfinished build: %w", err))
	}
	return cause
}

// unfinished tells directories being made from complete ones.
func unfinished(name string) bool { return strings.HasSuffix(name, ".tmp") }
