// Package kind is the platform of clusters whose nodes are containers of a Docker engine, made by sigs.k8s.io/kind as a
// library. The library takes no context, reports no time-out of its waiting and knows no owners, so this package adds
// these: a cancelled Create takes the nodes from under the library, readiness is what the API server says, and every
// node has a mount of its cluster's state directory, by which it is told from a cluster of somebody else.
package kind

import (
	"context"
	"os"
	"path/filepath"

	"sigs.k8s.io/kind/pkg/cluster"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// NodeImage is what nodes are made from. The zero value is the release that the library was made for, which the engine
// pulls.
type NodeImage struct {
	Ref     string // name under which the engine has it, or finds it in Archive
	Archive string // docker archive that is loaded when the engine lacks Ref; may be empty
}

// Options configure the platform.
type Options struct {
	// Image provides the node image, building it if need be. It is asked once per Create; nil means the zero NodeImage.
	Image func(ctx context.Context) (NodeImage, error)
	// Foreseen says what Image is going to provide, without providing it; nil means the zero NodeImage.
	Foreseen func() NodeImage
	// StateDir holds a directory per cluster; empty means ambient-conformance/kind below the user's cache directory.
	StateDir string
	Progress platforms.Progress
}

// Platform makes clusters out of containers.
type Platform struct {
	image    func(ctx context.Context) (NodeImage, error)
	foreseen func() NodeImage
	state    tools.State
	progress platforms.Progress
	provider *cluster.Provider
}

var _ platforms.Platform = (*Platform)(nil)

// New returns the platform; nothing is touched before the first verb.
func New(o Options) *Platform {
	p := &Platform{image: o.Image, foreseen: o.Foreseen, state: tools.State{Dir: o.StateDir}, progress: o.Progress}
	if p.image == nil {
		p.image = func(context.Context) (NodeImage, error) { return NodeImage{}, nil }
	}
	if p.foreseen == nil {
		p.foreseen = func() NodeImage { return NodeImage{} }
	}
	if p.state.Dir == "" {
		p.state.Dir = defaultStateDir()
	}
	// The engine wants absolute paths of mounts. Abs fails only where the working directory has been deleted.
	if abs, err := filepath.Abs(p.state.Dir); err == nil {
		p.state.Dir = abs
	}
	p.provider = cluster.NewProvider(cluster.ProviderWithDocker(), cluster.ProviderWithLogger(logger{o.Progress}))
	return p
}

func defaultStateDir() string {
	cache, err := os.UserCacheDir()
	if err != nil { // no home: a service, or a bare container
		cache = "/var/cache"
	}
	return filepath.Join(cache, "ambient-conformance", "kind")
}
