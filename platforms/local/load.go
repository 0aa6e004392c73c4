//go:build linux

package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// Load imports docker archives into the container runtime of every node, all nodes at the same time.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	var r record
	if err := readJSON(filepath.Join(p.dir(cluster), recordFile), &r); err != nil {
		return fmt.Errorf("loading images into cluster %s: %w", cluster, err)
	}
	work, ctx := errgroup.WithContext(ctx)
	for _, name := range nodeNames(r.Spec) {
		work.Go(func() error { return p.loadNode(ctx, cluster, name, archives) })
	}
	return work.Wait()
}

func (p *Platform) loadNode(ctx context.Context, cluster, node string, archives []string) error {
	for _, archive := range archives {
		if err := p.loadArchive(ctx, cluster, node, archive); err != nil {
			return fmt.Errorf("loading image archive %s: %w", archive, err)
		}
	}
	return nil
}

// loadArchive hands the archive over as standard input: its path need not exist in the node. With --local ctr writes the
// content itself; streaming it to containerd's transfer service takes twice the CPU time.
func (p *Platform) loadArchive(ctx context.Context, cluster, node, archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = p.enter(ctx, cluster, node, file, "ctr", "--address", containerdSocket, "--namespace", "k8s.io",
		"images", "import", "--local", "-")
	return err
}
