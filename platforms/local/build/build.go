// Package build makes everything that the local platform runs, once, out of Go modules: no container engine, no
// registry, nothing from the network but a Go module proxy. Results lie in a cache under the user's cache directory,
// named after what they were made from, and are shared by all runners of that user.
package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Options say where to build and whom to tell. The zero value is the user's cache directory and silence.
type Options struct {
	Cache    string             // root of the cache; empty means ambient-conformance in os.UserCacheDir
	Progress platforms.Progress // within one call, never by two goroutines at once
	Every    time.Duration      // between two lines of progress of one build; zero means 15 s

	goCommand string // of tests; empty means go
}

// builder is what the steps of one call share.
type builder struct {
	cache cache
	every time.Duration
	tools toolchain
}

// newBuilder settles everything that is needed before the first build.
func newBuilder(ctx context.Context, o Options, recipes []Recipe) (*builder, error) {
	root, err := o.Root()
	if err != nil {
		return nil, err
	}
	command := o.goCommand
	if command == "" {
		command = "go"
	}
	tools, err := findToolchain(ctx, command, recipes)
	if err != nil {
		return nil, err
	}
	every := o.Every
	if every == 0 {
		every = 15 * time.Second
	}
	return &builder{cache: cache{root: root, say: oneAtATime(o.Progress)}, every: every, tools: tools}, nil
}

// Root is the absolute path of the cache.
func (o Options) Root() (string, error) {
	if o.Cache != "" {
		return filepath.Abs(o.Cache)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w; set XDG_CACHE_HOME or name a directory", err)
	}
	return filepath.Join(dir, "ambient-conformance"), nil
}

// oneAtATime lets a consumer of progress do without locks.
func oneAtATime(progress platforms.Progress) platforms.Progress {
	if progress == nil {
		return nil
	}
	var mutex sync.Mutex
	return func(format string, args ...any) {
		mutex.Lock()
		defer mutex.Unlock()
		progress(format, args...)
	}
}
