package kind

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

const (
	// clusterLabel is how the library marks the nodes of a cluster.
	clusterLabel = "io.x-k8s.kind.cluster"
	// ownerMount is where our nodes have their cluster's owner directory. It is set when a container is created, so
	// that there is never a node of ours that cannot be told from others.
	ownerMount = "/kind/ambient-conformance"

	ownerDir       = "owner"
	kubeconfigFile = "kubeconfig" // is there when the cluster is complete
	lockFile       = "lock"
)

func (p *Platform) dir(name string) string   { return filepath.Join(p.stateDir, name) }
func (p *Platform) owner(name string) string { return filepath.Join(p.dir(name), ownerDir) }

// lock makes one process at a time create or delete the cluster.
func (p *Platform) lock(ctx context.Context, name string) (*flock.Flock, error) {
	if err := os.MkdirAll(p.owner(name), 0o755); err != nil {
		return nil, fmt.Errorf("creating state directory: %w", err)
	}
	lock := flock.New(filepath.Join(p.dir(name), lockFile))
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return nil, fmt.Errorf("waiting for the process that creates or deletes cluster %s: %w", name, err)
	}
	return lock, nil
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

// complete says whether Create has finished with the cluster.
func (p *Platform) complete(name string) bool {
	_, err := os.Stat(filepath.Join(p.dir(name), kubeconfigFile))
	return err == nil
}

// List names every cluster of which something of ours exists, complete or not, sorted.
func (p *Platform) List(context.Context) ([]string, error) {
	entries, err := os.ReadDir(p.stateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing kind clusters: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
