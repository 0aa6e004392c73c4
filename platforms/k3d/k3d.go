// Package k3d makes clusters of k3s in containers with the program k3d.
package k3d

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"text/template"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

const (
	// Image runs in every node. k3d's own default changes with its version, and with it Kubernetes'.
	Image = "rancher/k3s:v1.35.5-k3s1"

	// The label of containers that belong to a cluster of ours.
	ownerKey, owner = "conformance.ambient/owner", "ambient-conformance"
)

// Values are chart values for what Istio's profile for k3d does not know: since the patch releases of October 2024 k3s
// keeps its CNI plugins in one fixed directory, and the profile still names the one before it.
func Values() map[string]map[string]any {
	return map[string]map[string]any{"cni": {"cniBinDir": "/var/lib/rancher/k3s/data/cni"}}
}

// Options say where things are. The zero value is usable.
type Options = tools.Options

// Platform is platforms.Platform by k3d.
type Platform struct{ tools.Base }

var _ platforms.Platform = (*Platform)(nil)

// New returns the platform; nothing outside this process is touched.
func New(o Options) *Platform { return &Platform{o.Base(tools.K3d)} }

// causes are the failures k3d is known for. The first that fits explains.
func causes() []tools.Cause {
	return append([]tools.Cause{
		{Output: regexp.MustCompile(`a cluster with that name already exists`), Is: platforms.ErrExists,
			Remedy: "choose another --name"},
		{Output: regexp.MustCompile(`(?i)schema validation failed|invalid apiVersion|failed to (read|unmarshal).*config`),
			Remedy: "this version of k3d does not understand the configuration: install " + tools.K3d.Oldest + " or newer"},
		{Output: regexp.MustCompile(`No nodes found for given cluster`),
			Remedy: "the cluster's containers are gone"},
		{Output: regexp.MustCompile(`stopped returning log lines|deadline exceeded|timed out|restarting too (often|many)`),
			Remedy: "the nodes did not come up in time: see the logs of their containers"},
	}, tools.DockerCauses()...)
}

func (p *Platform) k3d(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	path, err := p.Finder.Find(ctx, tools.K3d)
	if err != nil {
		return nil, err
	}
	out, err := p.Runner.Run(ctx, tools.Command{Path: path, Args: args, Stdin: stdin})
	return out, tools.Explain(err, causes())
}

// Create makes the cluster's containers and waits until the nodes are registered and, with a CNI, ready.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	config, err := configure(&spec)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	unlock, err := p.Hold(spec.Name)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	defer unlock()
	if err := p.create(ctx, spec.Name, config); err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	p.Progress.Say("containers of %s made; waiting for its nodes", spec.Name)
	return tools.Await(ctx, "k3d", p.State.Kubeconfig(spec.Name), spec)
}

func (p *Platform) create(ctx context.Context, name string, config []byte) error {
	clusters, err := p.clusters(ctx)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(clusters, func(c cluster) bool { return c.Name == name }); at >= 0 {
		if p.ours(clusters[at]) {
			return fmt.Errorf("%w, from an earlier run: remove it with runner down %s, or choose another --name", platforms.ErrExists, name)
		}
		return fmt.Errorf("%w, and was not made by this tool: choose another --name", platforms.ErrExists)
	}
	if err := p.State.Record(name); err != nil {
		return err
	}
	if _, err := p.k3d(ctx, config, createArgs()...); err != nil {
		return err
	}
	kubeconfig, err := p.k3d(ctx, nil, kubeconfigArgs(name)...)
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.State.Kubeconfig(name), kubeconfig, 0o600); err != nil {
		return fmt.Errorf("writing kubeconfig: %w", err)
	}
	return nil
}

// Load imports docker archives into every node.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	if len(archives) == 0 {
		return nil
	}
	files, err := tools.Absolute(archives)
	if err != nil {
		return err
	}
	if _, err := p.k3d(ctx, nil, importArgs(cluster, files...)...); err != nil {
		return fmt.Errorf("loading images into cluster %s: %w", cluster, err)
	}
	return nil
}

// Logs writes NODE.log for every container of the cluster: k3s logs everything, the control plane too, to its console.
func (p *Platform) Logs(ctx context.Context, name, dir string) error {
	clusters, err := p.clusters(ctx)
	if err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", name, err)
	}
	at := slices.IndexFunc(clusters, func(c cluster) bool { return c.Name == name })
	if at < 0 {
		return fmt.Errorf("collecting logs of cluster %s: it has no containers", name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", name, err)
	}
	var errs []error
	for _, node := range clusters[at].Nodes {
		errs = append(errs, p.log(ctx, node.Name, filepath.Join(dir, node.Name+".log")))
	}
	return errors.Join(errs...)
}

func (p *Platform) log(ctx context.Context, container, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("collecting logs of node %s: %w", container, err)
	}
	_, err = p.Runner.Run(ctx, tools.Command{Path: "docker", Args: []string{"logs", "--timestamps", container}}, file)
	if err := errors.Join(tools.Explain(err, causes()), file.Close()); err != nil {
		return fmt.Errorf("collecting logs of node %s: %w", container, err)
	}
	return nil
}

// Delete removes the cluster's containers, network and volumes, and what we know of it.
func (p *Platform) Delete(ctx context.Context, name string) error {
	if err := tools.CheckName(name); err != nil {
		return err
	}
	unlock, err := p.State.Lock(ctx, name)
	if err != nil {
		return fmt.Errorf("deleting cluster %s: %w", name, err)
	}
	defer unlock()
	clusters, err := p.clusters(ctx)
	if err != nil {
		return fmt.Errorf("deleting cluster %s: %w", name, err)
	}
	if at := slices.IndexFunc(clusters, func(c cluster) bool { return c.Name == name }); at >= 0 {
		if !p.ours(clusters[at]) {
			return fmt.Errorf("deleting cluster %s: it was not made by this tool", name)
		}
		if _, err := p.k3d(ctx, nil, "cluster", "delete", name); err != nil {
			return fmt.Errorf("deleting cluster %s: %w", name, err)
		}
	}
	return p.State.Forget(name)
}

// List names the clusters of ours: those that have our label, and those that never came so far. Without k3d or without
// Docker only the latter can be told.
func (p *Platform) List(ctx context.Context) ([]string, error) {
	names, err := p.State.Clusters()
	if err != nil {
		return nil, err
	}
	if _, err := p.Finder.Present(ctx, tools.K3d); err != nil {
		return names, nil
	}
	clusters, err := p.clusters(ctx)
	if err != nil && len(names) > 0 {
		return names, err
	}
	for _, c := range clusters {
		if p.ours(c) {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// DeleteAll deletes every cluster of ours and returns the names of those that are gone.
func (p *Platform) DeleteAll(ctx context.Context) ([]string, error) {
	names, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	return platforms.DeleteEach(ctx, names, p.Delete)
}

// cluster is an element of k3d cluster list -o json; of more than a hundred fields these tell whose it is.
type cluster struct {
	Name  string `json:"name"`
	Nodes []node `json:"nodes"`
}

type node struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"runtimeLabels"`
}

func (p *Platform) clusters(ctx context.Context) ([]cluster, error) {
	out, err := p.k3d(ctx, nil, "cluster", "list", "-o", "json")
	if err != nil {
		return nil, err
	}
	return parseClusters(out)
}

func parseClusters(out []byte) ([]cluster, error) {
	var clusters []cluster
	if err := json.Unmarshal(out, &clusters); err != nil {
		return nil, fmt.Errorf("parsing the list of clusters %q: %w", tools.Last(string(out)), err)
	}
	for _, c := range clusters {
		if c.Name == "" {
			return nil, fmt.Errorf("parsing the list of clusters: one has no name")
		}
	}
	return clusters, nil
}

// ours says whether one of the cluster's containers has our label. A record alone says that we meant to make it, not that
// what is there now is what we made.
func (p *Platform) ours(c cluster) bool {
	return slices.ContainsFunc(c.Nodes, func(n node) bool { return n.Labels[ownerKey] == owner })
}

//go:embed config.yaml
var configText string

var configTemplate = template.Must(template.New("config").Parse(configText))

// arguments of k3s on the server, as data: a field of the spec, and what it turns off.
func arguments(spec platforms.Spec) []string {
	// What a conformance run needs none of: an ingress controller that brings Gateway API's CRDs, a load balancer, metrics.
	args := []string{"--disable=traefik", "--disable=servicelb", "--disable=metrics-server"}
	for _, wish := range []struct {
		asked bool
		args  []string
	}{
		{spec.DisableCNI, []string{"--flannel-backend=none", "--disable-network-policy"}},
		{spec.DisableKubeProxy, []string{"--disable-kube-proxy"}},
	} {
		if wish.asked {
			args = append(args, wish.args...)
		}
	}
	return args
}

const defaultNodes, maxNodes = 2, 5

// configure completes the spec and writes k3d's configuration for it.
func configure(spec *platforms.Spec) ([]byte, error) {
	if err := tools.CheckName(spec.Name); err != nil {
		return nil, err
	}
	if spec.Nodes == 0 {
		spec.Nodes = defaultNodes
	}
	if spec.Nodes < 1 || spec.Nodes > maxNodes {
		return nil, fmt.Errorf("%d nodes: k3d makes 1 to %d", spec.Nodes, maxNodes)
	}
	var out bytes.Buffer
	err := configTemplate.Execute(&out, map[string]any{
		"Name": spec.Name, "Agents": spec.Nodes - 1, "Image": Image, "Arguments": arguments(*spec),
		"Label": ownerKey + "=" + owner,
	})
	return out.Bytes(), err
}
