package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites/all"
)

// newRun turns validated options into a run; nothing outside this process is touched.
func newRun(o options, why purpose) (*run, error) {
	values, err := o.chartValues()
	if err != nil {
		return nil, usageError{err}
	}
	backend, err := backendNamed(o.platform)
	if err != nil {
		return nil, usageError{err}
	}
	cilium := values[ciliumChart]
	delete(values, ciliumChart) // the others are Istio's
	r := &run{cilium: cilium, options: o, backend: backend, purpose: why, console: newConsole(), catalogue: all.Catalogue(), values: values, lab: &fixtures.Lab{}}
	if r.selected, err = r.catalogue.Select(o.selection()); err != nil {
		return nil, usageError{err}
	}
	r.platform, r.equip = backend.open(r), r.provide
	return r, nil
}

// spec is the cluster this run wants.
func (r *run) spec() platforms.Spec {
	variant, own := cni.Named(r.cni)
	return platforms.Spec{Name: r.name, Nodes: r.nodes, Layout: r.layout, DisableCNI: own, DisableKubeProxy: variant.NoKubeProxy}
}

// buildKubernetes builds what the local platform runs.
func (r *run) buildKubernetes(ctx context.Context) error {
	set, err := build.Kubernetes(ctx, r.buildOptions())
	if err != nil {
		return err
	}
	r.kubernetes = local.Artifacts{Bin: set.Bin, Versions: set.Versions}
	for _, image := range set.Images {
		r.kubernetes.Images = append(r.kubernetes.Images, image.Archive)
	}
	// The nodes import everything while the control plane starts; nothing is left to load afterwards.
	r.kubernetes.Images = append(r.kubernetes.Images, r.supply.archives...)
	return nil
}

func (r *run) artifacts(context.Context) (local.Artifacts, error) { return r.kubernetes, nil }

// preflight looks for everything that would make the run fail later, and says all of it at once.
func (r *run) preflight(ctx context.Context) error {
	var problems []string
	if sets := r.sets(); len(sets) > 0 { // none would mean all
		problems = build.Preflight(ctx, r.buildOptions(), sets...)
	}
	if r.backend.ready != nil {
		problems = append(problems, r.backend.ready(ctx, r)...)
	}
	problems = append(problems, r.ciliumProblems(ctx)...)
	if err := mesh.Check(ctx, r.settings()); err != nil {
		problems = append(problems, err.Error())
	}
	if _, err := os.Stat(r.reportDir); err == nil && !isReportDir(r.reportDir) {
		problems = append(problems, fmt.Sprintf("%s exists and is no report of ours: choose another --report-dir", r.reportDir))
	}
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	if r.backend.attached {
		return errors.New(strings.Join(slices.Compact(problems), "\n  "))
	}
	return errors.New("this machine is not ready:\n  " + strings.Join(slices.Compact(problems), "\n  "))
}

// sets are what has to be built from modules: with --images registry only what the platform is made of.
func (r *run) sets() []string {
	if r.images == "registry" {
		return r.backend.sets
	}
	if r.backend.attached && r.images == "auto" || r.reuseIstio {
		return r.backend.sets
	}
	sets := slices.Concat(r.backend.sets, r.backend.offline, []string{build.SetIstio})
	if _, own := cni.Named(r.cni); own {
		sets = append(sets, build.SetCilium)
	}
	return sets
}

// isReportDir says whether a directory may take a report: it holds an earlier one, or no more than a killed run left.
func isReportDir(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	ours := func(e os.DirEntry) bool { return slices.Contains(reportFiles(), e.Name()) }
	foreign := func(e os.DirEntry) bool { return !ours(e) }
	return !slices.ContainsFunc(entries, foreign) ||
		slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == reports.JSONFile })
}

func (r *run) sayKept() {
	if r.cluster == nil {
		return
	}
	r.console.note("the cluster is kept:\n  export KUBECONFIG=%s\n  %s", r.cluster.Kubeconfig, r.removal())
}
