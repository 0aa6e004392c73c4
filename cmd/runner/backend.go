package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/k3d"
	"github.com/ambient-conformance/ambient-conformance/platforms/k3s"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/platforms/minikube"
)

// backend is a platform as the runner drives it: its four verbs, and what has to be there before they can work. A new
// platform is a line of backends.
type backend struct {
	name string
	// istio is the charts' global.platform; empty where they need none.
	istio string
	// values are chart values that the platform needs although Istio's profile for it says otherwise; --set wins.
	values map[string]map[string]any
	// cilium are values of Cilium's chart that the platform needs.
	cilium map[string]any
	// confDir is where the nodes' runtime reads CNI configuration; empty: the usual place.
	confDir string
	// sets are what has to be built from modules, besides Istio's own images.
	sets []string
	// offline are what has to be built besides where no registry is used.
	offline []string
	// open returns the platform; nothing outside this process is touched.
	open func(*run) platforms.Platform
	// equip gets what the nodes are made of, before the clock of --timeout starts; nil where the platform does so itself.
	equip func(context.Context, *run) error
	// ready says what would make a run fail later, a sentence each; nil where nothing can be told beforehand.
	ready func(context.Context, *run) []string
	// nodes is the most that it can have; zero: as many as are asked for.
	nodes int
	// loads is set where images are loaded once the cluster is there, rather than while it is created.
	loads bool
	// attached is set where the cluster exists already and belongs to somebody else.
	attached bool
	// clusters are the makers of everything that runs of this platform left on this machine; nil where nothing stays.
	clusters func() keeper
}

// keeper knows the clusters that this tool made on this machine, by runs that have ended as well.
type keeper interface {
	List(ctx context.Context) ([]string, error)
	Delete(ctx context.Context, cluster string) error
	DeleteAll(ctx context.Context) ([]string, error)
}

func backends() []backend {
	return append([]backend{
		{
			name:   "local",
			sets:   []string{build.SetKubernetes},
			cilium: local.CiliumValues(),
			open: func(r *run) platforms.Platform {
				return local.New(local.Options{Artifacts: r.artifacts, Progress: r.console.detail})
			},
			equip: func(ctx context.Context, r *run) error { return r.buildKubernetes(ctx) },
			ready: func(ctx context.Context, r *run) (problems []string) {
				for _, problem := range local.New(local.Options{}).Preflight(ctx, r.nodes) {
					problems = append(problems, problem.String())
				}
				return problems
			},
			clusters: func() keeper { return local.New(local.Options{}) },
		},
		kindBackend(),
		{
			name: "k3d", istio: "k3d", values: k3d.Values(), confDir: k3s.ConfDir, loads: true,
			open:     func(r *run) platforms.Platform { return k3dOf(r) },
			equip:    func(ctx context.Context, r *run) error { return k3dOf(r).Equip(ctx) },
			ready:    func(ctx context.Context, r *run) []string { return k3dOf(r).Ready(ctx) },
			clusters: func() keeper { return k3d.New(k3d.Options{}) },
		},
		{
			name: "k3s", istio: "k3s", confDir: k3s.ConfDir, loads: true, nodes: 1,
			open:     func(r *run) platforms.Platform { return k3sOf(r) },
			equip:    func(ctx context.Context, r *run) error { return k3sOf(r).Equip(ctx) },
			ready:    func(ctx context.Context, r *run) []string { return k3sOf(r).Ready(ctx, r.nodes) },
			clusters: func() keeper { return k3s.New(k3s.Options{}) },
		},
		{
			name: "minikube", istio: "minikube", values: minikube.Values(), loads: true,
			open:     func(r *run) platforms.Platform { return minikubeOf(r) },
			equip:    func(ctx context.Context, r *run) error { return minikubeOf(r).Equip(ctx) },
			ready:    func(ctx context.Context, r *run) []string { return minikubeOf(r).Ready(ctx) },
			clusters: func() keeper { return minikube.New(minikube.Options{}) },
		},
	}, attachedBackends()...)
}

func k3dOf(r *run) *k3d.Platform {
	return k3d.New(k3d.Options{Cache: r.cache, Progress: r.console.detail})
}

func k3sOf(r *run) *k3s.Platform {
	return k3s.New(k3s.Options{Cache: r.cache, Progress: r.console.detail})
}

func minikubeOf(r *run) *minikube.Platform {
	return minikube.New(minikube.Options{Cache: r.cache, Progress: r.console.detail})
}

// chartsWith are a user's chart values over those that the platform needs.
func (b backend) chartsWith(values map[string]map[string]any) map[string]map[string]any {
	merged := map[string]map[string]any{}
	for _, layer := range []map[string]map[string]any{b.values, values} {
		for chart, settings := range layer {
			if merged[chart] == nil {
				merged[chart] = map[string]any{}
			}
			maps.Copy(merged[chart], settings)
		}
	}
	return merged
}

// knownPlatforms are the names that --platform takes.
func knownPlatforms() []string {
	var names []string
	for _, b := range backends() {
		names = append(names, b.name)
	}
	return names
}

// backendNamed is the backend of a --platform that validate has accepted.
func backendNamed(name string) (backend, error) {
	all := backends()
	at := slices.IndexFunc(all, func(b backend) bool { return b.name == name })
	if at < 0 {
		return backend{}, fmt.Errorf("unknown platform %q: choose one of %s", name, strings.Join(knownPlatforms(), ", "))
	}
	return all[at], nil
}

// remove deletes the cluster of that name on whichever platform it was made. One that is nowhere is gone already.
func remove(ctx context.Context, name string) error {
	var errs []error
	for _, b := range backends() {
		if b.clusters == nil {
			continue
		}
		clusters := b.clusters()
		names, err := clusters.List(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("listing clusters of platform %s: %w", b.name, err))
			continue
		}
		if slices.Contains(names, name) {
			errs = append(errs, clusters.Delete(ctx, name))
		}
	}
	return errors.Join(errs...)
}

// removeAll deletes every cluster that this tool made on this machine and returns the names of those that are gone.
func removeAll(ctx context.Context) (gone []string, err error) {
	var errs []error
	for _, b := range backends() {
		if b.clusters == nil {
			continue
		}
		names, err := b.clusters().DeleteAll(ctx)
		gone, errs = append(gone, names...), append(errs, err)
	}
	return gone, errors.Join(errs...)
}
