package kind

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/cluster"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/nodes"
)

// createTimeout bounds the start, the node image not included. It takes about twenty seconds on two idle cores.
const createTimeout = 10 * time.Minute

// Create makes the cluster and returns when its nodes are Ready, or, without a CNI, when they are registered. A cluster
// of that name that somebody else made, or that is complete, is an error; what a killed runner left of ours is removed.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	image, err := p.provide(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, createTimeout, fmt.Errorf("the cluster was not ready after %s", createTimeout))
	defer cancel()
	if err := p.refuse(ctx, spec.Name); err != nil {
		return nil, err
	}
	unlock, err := p.lock(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// Once more with the lock: whoever held it may have made the cluster meanwhile.
	if err := p.refuse(ctx, spec.Name); err != nil {
		return nil, err
	}
	if err := p.removeNodes(ctx, spec.Name); err != nil {
		return nil, fmt.Errorf("removing what is left of an earlier cluster %s: %w", spec.Name, err)
	}
	// The library writes into this file, and would ask for a merge with what is there.
	draft := p.state.Kubeconfig(spec.Name) + ".new"
	if err := p.start(ctx, spec, image, draft); err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	made, err := p.finish(ctx, spec, image, draft)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	return made, nil
}

// refuse is the error about a cluster that must not be touched.
func (p *Platform) refuse(ctx context.Context, name string) error {
	exist, ours, err := p.ownership(ctx, name)
	switch {
	case err != nil:
		return err
	case exist && !ours:
		return fmt.Errorf("creating cluster %s: %w, and this tool did not make it: choose another --name", name, platforms.ErrExists)
	case exist && p.complete(name):
		return fmt.Errorf("creating cluster %s: %w, from an earlier run: remove it with runner down %s, or choose another --name", name, platforms.ErrExists, name)
	}
	return nil
}

// start lets the library make the nodes and the control plane. The library cannot be interrupted: when ctx ends, its
// nodes are removed until it has noticed, so that nothing is made any more once this has returned.
func (p *Platform) start(ctx context.Context, spec platforms.Spec, image nodeImage, kubeconfig string) error {
	if err := os.RemoveAll(kubeconfig); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		done <- p.provider.Create(spec.Name,
			cluster.CreateWithV1Alpha4Config(config(spec, image, p.owner(spec.Name))),
			cluster.CreateWithKubeconfigPath(kubeconfig),
			cluster.CreateWithRetain(true), // for Logs; Delete removes them
			cluster.CreateWithWaitForReady(0))
	}()
	select {
	case err := <-done:
		return explained(err)
	case <-ctx.Done():
	}
	abort, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	again := time.NewTicker(time.Second) // a node may appear after the last look
	defer again.Stop()
	for {
		removal := p.removeNodes(abort, spec.Name)
		select {
		case err := <-done:
			return errors.Join(context.Cause(ctx), err)
		case <-abort.Done():
			return errors.Join(context.Cause(ctx), removal)
		case <-again.C:
		}
	}
}

// finish waits for what the library does not wait for, and publishes the kubeconfig.
func (p *Platform) finish(ctx context.Context, spec platforms.Spec, image nodeImage, draft string) (*platforms.Cluster, error) {
	content, err := os.ReadFile(draft)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig: %w", err)
	}
	access, err := restConfig(content)
	if err != nil {
		return nil, err
	}
	owners, err := nodesOf(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(owners))
	registered, err := nodes.Await(ctx, access, names, hasAddresses)
	if err != nil {
		return nil, err
	}
	if !spec.DisableCNI {
		if !image.hasCNI {
			if err := p.connectPods(ctx, spec.Name, registered); err != nil {
				return nil, err
			}
		}
		if _, err := nodes.Await(ctx, access, names, isReady); err != nil {
			return nil, err
		}
	}
	p.progress.Say("nodes ready")
	kubeconfig := p.state.Kubeconfig(spec.Name)
	if err := os.Rename(draft, kubeconfig); err != nil {
		return nil, fmt.Errorf("publishing kubeconfig: %w", err)
	}
	return &platforms.Cluster{Name: spec.Name, Platform: "kind", Kubeconfig: kubeconfig, REST: access, Nodes: names}, nil
}

// restConfig is the connection a kubeconfig describes, without the client's usual politeness.
func restConfig(kubeconfig []byte) (*rest.Config, error) {
	access, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig: %w", err)
	}
	access.QPS, access.Burst = 500, 1000 // nobody shares this API server
	return access, nil
}
