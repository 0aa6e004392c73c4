//go:build linux

package local

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// createTimeout bounds the start, artifacts not included. It takes about ten seconds on two idle cores.
const createTimeout = 5 * time.Minute

// Create makes the cluster and returns when its nodes are Ready and have the artifacts' images, or, without a CNI, when
// they are registered. A cluster of that name that runs is an error; what a killed runner left of one is removed.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	spec, err := complete(spec)
	if err != nil {
		return nil, err
	}
	// Before the clock starts: building them for the first time takes many minutes.
	artifacts, images, err := p.provide(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, createTimeout,
		fmt.Errorf("the cluster was not ready after %s", createTimeout))
	defer cancel()
	lock, err := p.claim(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	dir := p.dir(spec.Name)

	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("opening a port for the API server: %w", err)
	}
	defer listener.Close() // the inits have their own copy by then
	r := record{Spec: spec, Cgroup: newCgroup(spec.Name), Versions: artifacts.Versions, Created: time.Now()}
	plan, err := newPlan(spec, artifacts.Bin, r.Cgroup)
	if err != nil {
		return nil, err
	}
	config, err := writeCluster(dir, r, plan, artifacts, images, "https://"+listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("writing configuration of cluster %s: %w", spec.Name, err)
	}
	p.progress.Say("starting nodes %s", strings.Join(nodeNames(spec), ", "))
	events, err := p.start(dir, listener)
	if err != nil {
		return nil, fmt.Errorf("starting cluster %s: %w", spec.Name, err)
	}
	defer events.Close()
	b := bringUp{platform: p, dir: dir, spec: spec, images: images, archives: artifacts.Images, config: config}
	if err := b.run(ctx, events); err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	return describe(spec, dir, config), nil
}

// claim makes the cluster's directory ours, empty but for the lock.
func (p *Platform) claim(ctx context.Context, name string) (*lock, error) {
	dir := p.dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("creating state directory: %w", err)
	}
	lock, err := acquire(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("claiming the name %s: %w", name, err)
	}
	// We hold the lock, so nobody is creating it: it is either complete and running, or a remnant.
	if id, alive := initOf(dir); alive {
		lock.release()
		return nil, fmt.Errorf("creating cluster %s: %w and runs as process %d: remove it with runner down %s, or choose another --name", name, platforms.ErrExists, id.PID, name)
	}
	if err := clearUp(ctx, dir); err != nil {
		lock.release()
		return nil, fmt.Errorf("removing what is left of an earlier cluster %s: %w", name, err)
	}
	return lock, nil
}

// writeCluster writes everything the inits and the user need into dir. The returned config is the administrator's.
func writeCluster(dir string, r record, plan node.Plan, a Artifacts, images wellKnown, server string) (*rest.Config, error) {
	// The record first: it is what lets Delete find the cgroup, whenever we are interrupted.
	if err := writeJSON(filepath.Join(dir, recordFile), r); err != nil {
		return nil, err
	}
	if err := plan.Write(dir); err != nil {
		return nil, err
	}
	signers, err := newAuthorities()
	if err != nil {
		return nil, err
	}
	for i := range plan.Nodes {
		if err := writeNode(dir, r, i, a, images, signers); err != nil {
			return nil, err
		}
	}
	kubeconfig, err := signers.admin(r.Spec.Name, server)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, kubeconfigFile), kubeconfig, 0o600); err != nil {
		return nil, fmt.Errorf("writing kubeconfig: %w", err)
	}
	return restConfig(kubeconfig)
}

// restConfig is the connection a kubeconfig describes, without the client's usual politeness.
func restConfig(kubeconfig []byte) (*rest.Config, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 500, 1000 // nobody shares this API server
	return config, nil
}

func describe(spec platforms.Spec, dir string, config *rest.Config) *platforms.Cluster {
	return &platforms.Cluster{
		Name:       spec.Name,
		Platform:   "local",
		Kubeconfig: filepath.Join(dir, kubeconfigFile),
		REST:       config,
		Nodes:      nodeNames(spec),
	}
}

func nodeNames(spec platforms.Spec) []string {
	var names []string
	for i := range spec.Nodes {
		names = append(names, nodeName(spec.Name, i))
	}
	return names
}
