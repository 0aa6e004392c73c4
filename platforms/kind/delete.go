package kind

import (
	"context"
	"fmt"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Delete removes the cluster's nodes with their volumes, and its state. Nodes of a cluster of that name that this tool
// did not make stay.
func (p *Platform) Delete(ctx context.Context, cluster string) error {
	if !p.state.Has(cluster) {
		return nil
	}
	unlock, err := p.lock(ctx, cluster)
	if err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	defer unlock()
	if err := p.removeNodes(ctx, cluster); err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	return p.state.Forget(cluster)
}

// removeNodes removes the containers that are ours, by what is mounted in them, and no others.
func (p *Platform) removeNodes(ctx context.Context, cluster string) error {
	owners, err := nodesOf(ctx, cluster)
	if err != nil {
		return err
	}
	remove := []string{"rm", "--force", "--volumes"}
	none := len(remove)
	for node, owner := range owners {
		if owner == p.owner(cluster) {
			remove = append(remove, node)
		}
	}
	if len(remove) == none {
		return nil
	}
	_, err = docker(ctx, remove...)
	return err
}

// DeleteAll deletes every cluster of ours and returns the names of those that are gone.
func (p *Platform) DeleteAll(ctx context.Context) ([]string, error) {
	names, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	return platforms.DeleteEach(ctx, names, p.Delete)
}
