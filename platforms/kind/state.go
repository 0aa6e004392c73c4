package kind

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	// clusterLabel is how the library marks the nodes of a cluster.
	clusterLabel = "io.x-k8s.kind.cluster"
	// ownerMount is where our nodes have their cluster's owner directory. It is set when a container is created, so
	// that there is never a node of ours that cannot be told from others.
	ownerMount = "/kind/ambient-conformance"

	ownerDir = "owner"
)

func (p *Platform) owner(name string) string { return filepath.Join(p.state.Of(name), ownerDir) }

// lock makes one process at a time create or delete the cluster, which is recorded from then on.
func (p *Platform) lock(ctx context.Context, name string) (unlock func(), err error) {
	if unlock, err = p.state.Lock(ctx, name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.owner(name), 0o755); err != nil {
		unlock()
		return nil, fmt.Errorf("creating state directory: %w", err)
	}
	return unlock, nil
}

// ownership says whether nodes of that name exist, and whether all of them are ours.
func (p *Platform) ownership(ctx context.Context, name string) (exist, ours bool, err error) {
	owners, err := nodesOf(ctx, name)
	if err != nil {
		return false, false, fmt.Errorf("looking for nodes of cluster %s: %w", name, err)
	}
	ours = true
	for _, owner := range owners {
		ours = ours && owner == p.owner(name)
	}
	return len(owners) > 0, ours, nil
}

// complete says whether Create has finished with the cluster: only then it has a kubeconfig.
func (p *Platform) complete(name string) bool {
	_, err := os.Stat(p.state.Kubeconfig(name))
	return err == nil
}

// List names every cluster of which something of ours exists, complete or not, sorted.
func (p *Platform) List(context.Context) ([]string, error) { return p.state.Clusters() }
