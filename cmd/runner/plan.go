package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/images"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/platforms/prerequisites"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// plan is what a run would do, as data for -o json.
type plan struct {
	Platform      string                  `json:"platform"`
	Chosen        string                  `json:"chosen,omitempty"` // why, when it was not asked for
	Layout        string                  `json:"layout,omitempty"`
	CNI           string                  `json:"cni"`
	Cluster       string                  `json:"cluster"`
	Nodes         int                     `json:"nodes"`
	Images        string                  `json:"images"` // as asked for
	Origin        string                  `json:"origin"` // where Istio's images would come from
	Charts        string                  `json:"charts"`
	Prerequisites []prerequisites.Finding `json:"prerequisites,omitempty"`
	Build         []planned               `json:"build"`
	Create        []platforms.Action      `json:"create"`            // of the platform
	Agents        []string                `json:"agents"`            // manifests that are applied before the mesh
	Network       *plannedNetwork         `json:"network,omitempty"` // nil: the platform's own
	Install       []mesh.Planned          `json:"install"`           // charts
	Corrects      bool                    `json:"corrects"`          // the directories of CNI, by what the nodes' runtime reads
	Checks        []string                `json:"checks"`
	Objects       map[string][]string     `json:"objects"` // check → what it applies: "Pod ac-…/client"
	Follows       map[string]string       `json:"follows"` // check → on whose stage it is asked, where its own objects then are not made
	Skipped       map[string]string       `json:"skipped"` // check → reason
	Report        string                  `json:"report"`
	Keep          bool                    `json:"keep"`
}

// plannedNetwork is the CNI variant as its chart would be applied.
type plannedNetwork struct {
	Chart     string         `json:"chart"`
	Version   string         `json:"version"`
	Namespace string         `json:"namespace"`
	Values    map[string]any `json:"values"`             // but for what only the cluster can tell
	Withheld  []string       `json:"withheld,omitempty"` // capabilities taken out of the chart's lists
}

// planned is one thing that has to be built first, or lies in the cache already.
type planned struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Cached  bool   `json:"cached"`
	Usual   string `json:"usual"` // on two cores
}

// plan says what the run would do. Apart from asking whether a registry answers, nothing outside this machine is touched.
func (r *run) plan(ctx context.Context) (plan, error) {
	r.foreseeSupply(ctx)
	p := plan{
		Platform: r.options.platform, Chosen: r.chosen, Layout: r.layout, CNI: r.cni, Cluster: r.name, Nodes: r.nodes,
		Images: r.images, Origin: r.supply.origin, Charts: r.charts().String(), Prerequisites: r.found,
		Skipped: r.skipped(), Report: r.reportDir, Keep: r.keep, Objects: map[string][]string{}, Follows: map[string]string{},
	}
	for _, do := range []func(context.Context, *plan) error{r.planBuild, r.planCluster, r.planNetwork, r.planMesh, r.planChecks} {
		if err := do(ctx, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// foreseeSupply tells what provide would provide.
func (r *run) foreseeSupply(ctx context.Context) {
	s := supply{cniConfDir: r.foreseenConfDir(), ztunnel: r.ztunnelImage, agent: cmp.Or(r.agentImage, images.Agent.Ref())}
	s.hub, s.tag = r.released()
	switch {
	case r.reuseIstio:
		s.origin = "those of the mesh that is there"
	case r.builds(ctx):
		s.origin = "built from Istio's module"
		s.pilot, s.cni = build.IstioRefs()
		if s.ztunnel == "" {
			s.ztunnel, s.selfTest = images.Ztunnel.Ref(), true
			s.origin += "; ztunnel is a double"
		}
	default:
		s.origin = fmt.Sprintf("released images %s/*:%s", s.hub, s.tag)
	}
	r.supply = s
}

func (r *run) planBuild(ctx context.Context, p *plan) error {
	sets := r.sets()
	if len(sets) == 0 { // which would mean all
		return nil
	}
	steps, err := build.Plan(ctx, r.buildOptions(), sets...)
	if err != nil {
		return fmt.Errorf("looking into the cache: %w", err)
	}
	for _, step := range steps {
		p.Build = append(p.Build, planned{step.Name, cmp.Or(step.Release, step.Version), step.Cached, step.Usual.String()})
	}
	return nil
}

func (r *run) planCluster(_ context.Context, p *plan) error {
	foreseer, able := r.platform.(platforms.Foreseer)
	if !able {
		return nil
	}
	var err error
	if p.Create, err = foreseer.Foresee(r.spec()); err != nil {
		return usageError{err}
	}
	return nil
}

func (r *run) planNetwork(_ context.Context, p *plan) error {
	if _, own := cni.Named(r.cni); !own {
		return nil
	}
	r.supply.cilium = cni.Settings{
		Version: cmp.Or(r.ciliumVersion, build.CiliumVersion), AgentImage: "BUILT-CILIUM-IMAGE", OperatorImage: "BUILT-OPERATOR-IMAGE",
	}
	if !strings.HasPrefix(r.supply.origin, "built") {
		r.supply.cilium.AgentImage, r.supply.cilium.OperatorImage = ciliumImages(r.supply.cilium.Version)
	}
	settings := r.ciliumSettings()
	p.Network = &plannedNetwork{
		Chart: ciliumChart, Version: settings.Version, Namespace: cni.Namespace, Values: settings.Foresee(), Withheld: settings.Withheld,
	}
	return nil
}

func (r *run) planMesh(ctx context.Context, p *plan) error {
	r.furnishLab()
	objects, err := r.lab.Foresee()
	if err != nil {
		return err
	}
	for _, object := range objects {
		text, err := manifestOf(object)
		if err != nil {
			return err
		}
		p.Agents = append(p.Agents, text)
	}
	if r.reuseIstio {
		return nil
	}
	p.Corrects = r.istioPlatform == "auto"
	if p.Install, err = mesh.Plan(ctx, r.settings()); err != nil {
		return usageError{err}
	}
	return nil
}

func (r *run) planChecks(ctx context.Context, p *plan) error {
	for _, trial := range r.trials() {
		p.Checks = append(p.Checks, trial.Name())
		if trial.Break != nil {
			continue // in the check's objects, one thing is different
		}
		objects, err := objectsOf(ctx, trial, r.name)
		if err != nil {
			return err
		}
		p.Objects[trial.Name()] = objects
	}
	for _, bill := range suites.Bills(ctx, r.trials()) {
		for _, follower := range bill[1:] {
			p.Follows[follower] = bill[0]
		}
	}
	return nil
}

// objectsOf names what a check applies, from the start or at a cue.
func objectsOf(ctx context.Context, trial *suites.Trial, run string) (names []string, err error) {
	text, err := trial.Area.Manifest(trial.Check)
	if err != nil {
		return nil, err
	}
	setting := fixtures.Setting{Run: run, Namespace: trial.Scene(), Image: "AGENT-IMAGE", Nodes: []string{"NODE"}}
	manifest, err := fixtures.Parse(ctx, text, setting)
	if err != nil {
		return nil, err
	}
	return manifest.Names(), nil
}

func (r *run) printPlan(ctx context.Context, out io.Writer) error {
	p, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if r.output == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(p)
	}
	p.print(out, r.catalogue.Names())
	return nil
}
