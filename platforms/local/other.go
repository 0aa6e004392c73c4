//go:build !linux

package local

import (
	"context"
	"errors"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Platform makes clusters out of Linux namespaces, so on this system every verb that would make one is an error.
type Platform struct{}

func errLinux() error { return errors.New("the local platform needs Linux: take --platform kind here") }

// New returns the platform.
func New(Options) *Platform { return &Platform{} }

// IsInit is false: no cluster, no inits.
func IsInit([]string) bool { return false }

// RunInit is never called.
func RunInit(context.Context, []string) int { return 1 }

// Preflight names the one problem.
func (*Platform) Preflight(context.Context, int) []Problem {
	return []Problem{{"the local platform needs Linux", "take --platform kind here"}}
}

// Create is an error.
func (*Platform) Create(context.Context, platforms.Spec) (*platforms.Cluster, error) {
	return nil, errLinux()
}

// Foresee is an error.
func (*Platform) Foresee(platforms.Spec) ([]platforms.Action, error) { return nil, errLinux() }

// Load is an error.
func (*Platform) Load(context.Context, string, ...string) error { return errLinux() }

// Logs is an error.
func (*Platform) Logs(context.Context, string, string) error { return errLinux() }

// Exec is an error.
func (*Platform) Exec(context.Context, string, string, ...string) ([]byte, error) {
	return nil, errLinux()
}

// Delete has nothing to delete.
func (*Platform) Delete(context.Context, string) error { return nil }

// List is empty.
func (*Platform) List(context.Context) ([]string, error) { return nil, nil }

// DeleteAll has nothing to delete.
func (*Platform) DeleteAll(context.Context) ([]string, error) { return nil, nil }
