package kind

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// Load imports docker archives into the container runtime of every node, all nodes at the same time.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	containers, err := p.provider.ListInternalNodes(cluster)
	if err != nil {
		return fmt.Errorf("listing nodes of cluster %s: %w", cluster, err)
	}
	work, ctx := errgroup.WithContext(ctx)
	for _, container := range containers {
		work.Go(func() error {
			for _, archive := range archives {
				if err := load(ctx, container, archive); err != nil {
					return fmt.Errorf("loading image archive %s into %s: %w", archive, container, err)
				}
			}
			return nil
		})
	}
	return work.Wait()
}

func load(ctx context.Context, container nodes.Node, archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := nodeutils.LoadImageArchive(container, interruptible{ctx, file}); err != nil {
		return explained(err)
	}
	return nil
}

// interruptible is a reader that ends with its context, and with it the library's import, which takes none.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r interruptible) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// Logs writes what the library collects: per node a directory with the journals of containerd and the kubelet, the
// node's own output and the pods' logs.
func (p *Platform) Logs(ctx context.Context, cluster, dir string) error {
	done := make(chan error, 1)
	go func() { done <- p.provider.CollectLogs(cluster, filepath.Clean(dir)) }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("collecting logs of cluster %s: %w", cluster, explained(err))
		}
		return nil
	case <-ctx.Done(): // it only reads from the cluster and writes into dir, and ends by itself
		return context.Cause(ctx)
	}
}
