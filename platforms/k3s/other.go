//go:build !linux

package k3s

import (
	"context"
	"errors"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

var errNotLinux = errors.New("k3s needs Linux: use --platform k3d")

// Platform does not exist here; every verb says so.
type Platform struct{}

func New(Options) *Platform { return &Platform{} }

// IsInit and RunInit are those of a program that is never started as an init.
func IsInit([]string) bool { return false }
func RunInit([]string) int { return 1 }

func (*Platform) Ready(context.Context, int) []string { return []string{errNotLinux.Error()} }

func (*Platform) Equip(context.Context) error { return errNotLinux }

func (*Platform) Create(context.Context, platforms.Spec) (*platforms.Cluster, error) {
	return nil, errNotLinux
}

func (*Platform) Foresee(platforms.Spec) ([]platforms.Action, error) { return nil, errNotLinux }

func (*Platform) Load(context.Context, string, ...string) error { return errNotLinux }
func (*Platform) Logs(context.Context, string, string) error    { return errNotLinux }
func (*Platform) Delete(context.Context, string) error          { return nil }
func (*Platform) List(context.Context) ([]string, error)        { return nil, nil }
func (*Platform) DeleteAll(context.Context) ([]string, error)   { return nil, nil }
