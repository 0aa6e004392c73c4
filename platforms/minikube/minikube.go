// Package minikube makes clusters with the program minikube, in containers of Docker.
package minikube

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

const (
	// Kubernetes is the version that runs. Like driver and runtime it is always said: minikube's defaults move.
	Kubernetes = "v1.35.1"

	driver         = "docker"
	defaultRuntime = "containerd"
)

// netnsDirs are the directories in which a container runtime keeps the network namespaces of pods. Istio's profile for
// minikube knows only the first, whichever runtime there is.
var netnsDirs = map[string]string{
	"docker":     "/var/run/docker/netns",
	"containerd": "/var/run/netns",
	"cri-o":      "/var/run/netns",
}

// Values are chart values for what Istio's profile for minikube does not know.
func Values() map[string]map[string]any {
	return map[string]map[string]any{"cni": {"cniNetnsDir": netnsDirs[defaultRuntime]}}
}

// Options say where things are. The zero value is usable.
type Options = tools.Options

// Platform is platforms.Platform by minikube. A cluster is a profile of its name among the user's profiles, so that
// images that minikube has downloaded before are used; a record tells ours from the user's.
type Platform struct {
	tools.Base
	root bool
}

var _ platforms.Platform = (*Platform)(nil)

// New returns the platform; nothing outside this process is touched.
func New(o Options) *Platform {
	return &Platform{Base: o.Base(tools.Minikube), root: os.Geteuid() == 0}
}

// causes are the failures minikube is known for, by the identifiers it ends with. The first that fits explains.
func causes() []tools.Cause {
	cause := func(output, remedy string) tools.Cause {
		return tools.Cause{Output: regexp.MustCompile(output), Remedy: remedy}
	}
	return append([]tools.Cause{
		cause(`PROVIDER_DOCKER_NEWGRP`, "this user may not use Docker: run as root, or join the group docker and log in again"),
		cause(`PROVIDER_DOCKER_NOT_RUNNING|DRV_DOCKER_NOT_RUNNING`, "Docker is not running: start it, or set DOCKER_HOST"),
		cause(`PROVIDER_DOCKER_NOT_FOUND|DRV_NOT_DETECTED`, "Docker is not installed: install it"),
		cause(`DRV_AS_ROOT`, "minikube refuses to use Docker as root: run as another user"),
		cause(`RSRC_INSUFFICIENT_CORES|RSRC_DOCKER_CORES`, "minikube wants two processors: give Docker more"),
		cause(`RSRC_INSUFFICIENT_[A-Z_]*MEMORY|RSRC_DOCKER_MEMORY`, "minikube wants about 2 GB of memory a node: free some, or use --nodes 1"),
		cause(`RSRC_[A-Z_]*STORAGE`, "the disk is full: try docker system prune"),
		cause(`K8S_(OLD|NEW)_UNSUPPORTED`, "this version of minikube does not know Kubernetes "+Kubernetes+": install "+tools.Minikube.Oldest+" or newer"),
		cause(`GUEST_DRIVER_MISMATCH`, "a profile of that name uses another driver: choose another --name"),
		cause(`HOST_HOME_PERMISSION|HOST_(CONFIG|JUJU|HOME)_[A-Z]+.*permission denied`, "minikube's directory belongs to somebody else: change its owner, or set MINIKUBE_HOME"),
		cause(`INET_|K8S_FAIL_CONNECT|K8S_INSTALL_FAILED.*(dial tcp|no such host)`, "something cannot be downloaded: check the network"),
		cause(`GUEST_START.*(timed out|deadline exceeded)|K8S_APISERVER_MISSING`, "Kubernetes did not come up in time: see minikube logs"),
	}, tools.DockerCauses()...)
}

// minikube runs the program with the cluster's own kubeconfig, speaking plainly.
func (p *Platform) minikube(ctx context.Context, cluster string, args ...string) ([]byte, error) {
	path, err := p.Finder.Find(ctx, tools.Minikube)
	if err != nil {
		return nil, err
	}
	args, env := p.inProfile(cluster, args)
	out, err := p.Runner.Run(ctx, tools.Command{Path: path, Args: args, Env: env})
	return out, tools.Explain(err, causes())
}

// Create starts the profile and waits until the nodes are registered and, with a CNI, ready.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	args, err := p.arguments(&spec)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	unlock, err := p.Hold(spec.Name)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	defer unlock()
	if err := p.start(ctx, spec.Name, args); err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	p.Progress.Say("profile %s started; waiting for its nodes", spec.Name)
	cluster, err := tools.Await(ctx, "minikube", p.State.Kubeconfig(spec.Name), spec)
	if err != nil {
		return nil, errors.Join(err, p.states(context.WithoutCancel(ctx), spec.Name))
	}
	return cluster, nil
}

func (p *Platform) start(ctx context.Context, name string, args []string) error {
	profiles, err := p.profiles(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(profiles, name) {
		if p.State.Has(name) {
			return fmt.Errorf("%w, from an earlier run: remove it with runner down %s, or choose another --name", platforms.ErrExists, name)
		}
		return fmt.Errorf("%w, a profile that this tool did not make: choose another --name", platforms.ErrExists)
	}
	if err := p.State.Record(name); err != nil {
		return err
	}
	_, err = p.minikube(ctx, name, args...)
	return err
}

const defaultNodes, maxNodes = 2, 5

// arguments completes the spec and turns it into minikube's flags.
func (p *Platform) arguments(spec *platforms.Spec) ([]string, error) {
	if err := tools.CheckName(spec.Name); err != nil {
		return nil, err
	}
	if len(spec.Name) < 2 {
		return nil, fmt.Errorf("cluster name %q: minikube wants at least two characters", spec.Name)
	}
	if spec.Nodes == 0 {
		spec.Nodes = defaultNodes
	}
	if spec.Nodes < 1 || spec.Nodes > maxNodes {
		return nil, fmt.Errorf("%d nodes: minikube makes 1 to %d", spec.Nodes, maxNodes)
	}
	args := []string{
		"start", "--driver", driver, "--container-runtime", defaultRuntime, "--kubernetes-version", Kubernetes,
		"--nodes", strconv.Itoa(spec.Nodes),
		// Without a CNI nodes never become ready; waiting for more than this would never end.
		"--wait", "apiserver,default_sa",
		"--install-addons=false", "--embed-certs", "--interactive=false",
	}
	for _, choice := range []struct {
		asked bool
		yes   []string
		no    []string
	}{
		{spec.DisableCNI, []string{"--cni", "false"}, []string{"--cni", "kindnet"}},
		{spec.DisableKubeProxy, []string{"--extra-config=kubeadm.skip-phases=addon/kube-proxy"}, nil},
		// Otherwise minikube refuses to drive Docker as root, which is who runs in a container of a CI.
		{p.root, []string{"--force"}, nil},
	} {
		if choice.asked {
			args = append(args, choice.yes...)
		} else {
			args = append(args, choice.no...)
		}
	}
	return args, nil
}

// Load imports docker archives into every node.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	files, err := tools.Absolute(archives)
	if err != nil {
		return err
	}
	for _, file := range files {
		if _, err := p.minikube(ctx, cluster, "image", "load", file); err != nil {
			return fmt.Errorf("loading image archive %s into cluster %s: %w", file, cluster, err)
		}
	}
	return nil
}

// Logs writes NODE.log, which holds the journal of the node and of what runs on it, for every node.
func (p *Platform) Logs(ctx context.Context, cluster, dir string) error {
	nodes, err := p.status(ctx, cluster)
	if err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	target, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	var errs []error
	for _, node := range nodes {
		_, err := p.minikube(ctx, cluster, "logs", "--node", node.Name, "--file", filepath.Join(target, node.Name+".log"))
		if err != nil {
			errs = append(errs, fmt.Errorf("collecting logs of node %s: %w", node.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Delete removes the profile with its containers, volumes and network, and what we know of it.
func (p *Platform) Delete(ctx context.Context, cluster string) error {
	if err := tools.CheckName(cluster); err != nil {
		return err
	}
	unlock, err := p.State.Lock(ctx, cluster)
	if err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	defer unlock()
	if !p.State.Has(cluster) {
		return nil // absent, or somebody else's
	}
	// Also when no profile is listed: a start that was killed early leaves containers that only this finds.
	if _, err := p.minikube(ctx, cluster, "delete"); err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	return p.State.Forget(cluster)
}

// DeleteAll deletes every cluster of ours and returns the names of those that are gone.
func (p *Platform) DeleteAll(ctx context.Context) ([]string, error) {
	names, err := p.State.Clusters()
	if err != nil {
		return nil, err
	}
	return platforms.DeleteEach(ctx, names, p.Delete)
}

// profiles are the names of all of the user's profiles, broken ones included.
func (p *Platform) profiles(ctx context.Context) ([]string, error) {
	out, err := p.minikube(ctx, "", "profile", "list", "--light", "--output", "json")
	if err != nil {
		return nil, err
	}
	return parseProfiles(out)
}
