package k3s

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// Files in a cluster's directory.
const (
	recordFile = "record.json"
	logFile    = "k3s.log"
)

// Platform is platforms.Platform by k3s on this machine.
type Platform struct {
	tools.Base

	self       string   // the program that RunInit is part of
	ports      []int    // that have to be free
	interfaces []string // that must not be there
}

var (
	_ platforms.Platform = (*Platform)(nil)
	_ platforms.Foreseer = (*Platform)(nil)
)

// Foresee lists k3s' configuration and calls.
func (p *Platform) Foresee(spec platforms.Spec) ([]platforms.Action, error) {
	return foresee(p.State, spec)
}

// New returns the platform; nothing outside this process is touched.
func New(o Options) *Platform {
	return &Platform{Base: o.Base(tools.K3s), self: "/proc/self/exe", ports: numbers(), interfaces: interfaces}
}

// Ready says what would make Create fail, a sentence each.
func (p *Platform) Ready(ctx context.Context, nodes int) (problems []string) {
	if problem := p.Finder.Problem(ctx, tools.K3s); problem != "" {
		problems = append(problems, problem)
	}
	return append(problems, p.host(nodes)...)
}

// host says why this machine cannot become a node.
func (p *Platform) host(nodes int) (problems []string) {
	if os.Geteuid() != 0 {
		problems = append(problems, "k3s needs root: run as root, or use --platform k3d")
	}
	if problem := oneNode(nodes); problem != "" {
		problems = append(problems, problem)
	}
	return append(problems, occupied(p.ports, p.interfaces)...)
}

// causes are the failures k3s is known for, as its log tells them. The first that fits explains.
func causes() []tools.Cause {
	cause := func(output, remedy string) tools.Cause {
		return tools.Cause{Output: regexp.MustCompile(output), Remedy: remedy}
	}
	return []tools.Cause{
		cause(`bind: address already in use`, "a port that k3s needs is taken: end what listens there, e.g. another Kubernetes node"),
		cause(`must (be run|run) as root`, "k3s needs root"),
		cause(`failed to find (cpu|cpuset|memory|pids) cgroup`, "the kernel or the container offers no such control group: enable it on the kernel's command line"),
		cause(`not to run on a host using cgroup v1|cgroup v1 support is`, "Kubernetes 1.35 and newer refuse control groups of version 1: boot with systemd.unified_cgroup_hierarchy=1"),
		cause(`flag provided but not defined|unknown flag`, "this version of k3s does not understand the configuration: install "+tools.K3s.Oldest+" or newer"),
		cause(`overlayfs" snapshotter cannot be enabled`, "the file system of the state directory cannot be used for images: choose one on ext4, xfs or tmpfs"),
		cause(`no space left on device`, "the disk is full"),
	}
}

// Create starts k3s and waits until the node is registered and, with a CNI, ready.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	config, err := configure(&spec, p.State.Kubeconfig(spec.Name))
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	unlock, err := p.Hold(spec.Name)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	defer unlock()
	cluster, err := p.create(ctx, spec, config)
	if err != nil {
		return nil, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	return cluster, nil
}

func (p *Platform) create(ctx context.Context, spec platforms.Spec, config []byte) (*platforms.Cluster, error) {
	if r, err := p.recall(spec.Name); err == nil && r.Init.Alive() {
		return nil, fmt.Errorf("%w, from an earlier run: remove it with runner down %s, or choose another --name", platforms.ErrExists, spec.Name)
	}
	if p.State.Has(spec.Name) { // what a killed run has left
		if err := p.remove(ctx, spec.Name); err != nil {
			return nil, err
		}
	}
	if problems := p.host(spec.Nodes); len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "; "))
	}
	k3s, err := p.Finder.Find(ctx, tools.K3s)
	if err != nil {
		return nil, err
	}
	if err := p.furnish(ctx, spec.Name, config); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := p.start(spec.Name, k3s, cancel); err != nil {
		return nil, err
	}
	p.Progress.Say("k3s started; waiting for its node")
	if err := appears(ctx, p.State.Kubeconfig(spec.Name)); err != nil {
		return nil, err
	}
	return tools.Await(ctx, "k3s", p.State.Kubeconfig(spec.Name), spec)
}

// furnish makes the cluster's directory and what k3s finds in it.
func (p *Platform) furnish(ctx context.Context, name string, config []byte) error {
	if err := p.State.Record(name); err != nil {
		return err
	}
	dir := p.State.Of(name)
	for _, d := range directories {
		if err := os.MkdirAll(filepath.Join(dir, d[1]), 0o755); err != nil {
			return fmt.Errorf("making the cluster's directories: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, configFile), config, 0o600); err != nil {
		return fmt.Errorf("writing k3s' configuration: %w", err)
	}
	return p.saveRules(ctx, dir)
}

// Load imports docker archives into k3s' containerd, whose socket only processes in its mount namespace find.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	r, err := p.recall(cluster)
	if err != nil {
		return fmt.Errorf("loading images: %w", err)
	}
	if !r.Init.Alive() {
		return fmt.Errorf("loading images into cluster %s: it does not run", cluster)
	}
	files, err := tools.Absolute(archives)
	if err != nil {
		return err
	}
	for _, file := range files {
		args := append([]string{"--target", strconv.Itoa(r.Init.PID), "--mount", "--", r.K3s}, importArgs(file)...)
		if _, err := p.Runner.Run(ctx, tools.Command{Path: "nsenter", Args: args}); err != nil {
			return fmt.Errorf("loading image archive %s into cluster %s: %w", file, cluster, tools.Explain(err, causes()))
		}
	}
	return nil
}

// logs are what Logs copies, and as what.
var logs = [][2]string{
	{logFile, "k3s.log"},
	{"data/agent/containerd/containerd.log", "containerd.log"},
	{"pods", "pods"},
}

// Logs writes k3s.log, in which all components of Kubernetes log, containerd.log, and the pods' logs below pods/.
func (p *Platform) Logs(_ context.Context, cluster, dir string) error {
	for _, l := range logs {
		if err := copyAll(filepath.Join(p.State.Of(cluster), l[0]), filepath.Join(dir, l[1])); err != nil {
			return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
		}
	}
	return nil
}

// copyAll copies regular files. One that k3s has never written, or has removed meanwhile, is not missed.
func copyAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, raw, 0o644))
	})
}

// Delete ends k3s and everything it started, and removes what it left on the machine.
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
		return nil
	}
	if err := p.remove(ctx, cluster); err != nil {
		return fmt.Errorf("deleting cluster %s: %w", cluster, err)
	}
	return nil
}

// remove undoes what the cluster's directory tells of. Without a record nothing was started.
func (p *Platform) remove(ctx context.Context, name string) error {
	r, err := p.recall(name)
	if err == nil {
		if err := r.Init.Kill(ctx); err != nil {
			return err
		}
		if err := p.clearHost(ctx, p.State.Of(name), r.Groups); err != nil {
			return err
		}
		unmake(r.Made)
	}
	return p.State.Forget(name)
}

// DeleteAll deletes every cluster of ours and returns the names of those that are gone.
func (p *Platform) DeleteAll(ctx context.Context) ([]string, error) {
	names, err := p.State.Clusters()
	if err != nil {
		return nil, err
	}
	return platforms.DeleteEach(ctx, names, p.Delete)
}
