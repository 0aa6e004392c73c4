//go:build linux

package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// Platform makes clusters out of namespaces.
type Platform struct {
	artifacts func(ctx context.Context) (Artifacts, error)
	stateDir  string
	progress  platforms.Progress
	self      string
}

// New returns the platform; nothing is touched before the first verb.
func New(o Options) *Platform {
	p := &Platform{artifacts: o.Artifacts, stateDir: o.StateDir, progress: o.Progress, self: o.Self}
	if p.stateDir == "" {
		p.stateDir = defaultStateDir()
	}
	if p.artifacts == nil {
		p.artifacts = func(context.Context) (Artifacts, error) { return Artifacts{}, errors.New("none are configured") }
	}
	if p.self == "" {
		p.self = "/proc/self/exe"
	}
	// The inits work from the root directory. Abs fails only where the working directory has been deleted.
	if abs, err := filepath.Abs(p.stateDir); err == nil {
		p.stateDir = abs
	}
	return p
}

func defaultStateDir() string {
	cache, err := os.UserCacheDir()
	if err != nil { // no home: a service, or a bare container
		cache = "/var/cache"
	}
	return filepath.Join(cache, "ambient-conformance", "local")
}

// IsInit says whether the program was started as an init of a cluster or node and must call RunInit, and nothing else.
func IsInit(args []string) bool { return node.IsInit(args) }

// RunInit lives as long as the cluster or node, and returns the exit status. ctx ends it early.
func RunInit(ctx context.Context, args []string) int {
	return node.Run(ctx, args)
}
