package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

// plan is what a run would do, as data for -o json.
type plan struct {
	Platform string            `json:"platform"`
	Chosen   string            `json:"chosen,omitempty"` // why, when it was not asked for
	CNI      string            `json:"cni"`
	Cluster  string            `json:"cluster"`
	Nodes    int               `json:"nodes"`
	Images   string            `json:"images"`
	Charts   string            `json:"charts"`
	Build    []planned         `json:"build"`
	Checks   []string          `json:"checks"`
	Skipped  map[string]string `json:"skipped"` // check → reason
	Report   string            `json:"report"`
	Keep     bool              `json:"keep"`
}

// planned is one thing that has to be built first, or lies in the cache already.
type planned struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Cached  bool   `json:"cached"`
	Usual   string `json:"usual"` // on two cores
}

func (r *run) plan(ctx context.Context) (plan, error) {
	p := plan{
		Platform: r.options.platform, Chosen: r.chosen, CNI: r.cni, Cluster: r.name, Nodes: r.nodes, Images: r.images,
		Charts: r.charts().String(), Skipped: r.skipped(), Report: r.reportDir, Keep: r.keep,
	}
	for _, trial := range r.trials() {
		p.Checks = append(p.Checks, trial.Name())
	}
	var steps []build.Step
	if sets := r.sets(); len(sets) > 0 { // none would mean all
		var err error
		if steps, err = build.Plan(ctx, r.buildOptions(), sets...); err != nil {
			return p, fmt.Errorf("looking into the cache: %w", err)
		}
	}
	for _, step := range steps {
		p.Build = append(p.Build, planned{step.Name, cmp.Or(step.Release, step.Version), step.Cached, step.Usual.String()})
	}
	return p, nil
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
	chosen := ""
	if p.Chosen != "" {
		chosen = " (chosen because: " + p.Chosen + ")"
	}
	fmt.Fprintf(out, "platform  %s%s, %d nodes, CNI %s\ncluster   %s\nimages    %s\ncharts    %s\nreport    %s\n",
		p.Platform, chosen, p.Nodes, p.CNI, p.Cluster, p.Images, p.Charts, p.Report)
	for _, step := range p.Build {
		state := "to be built, usually " + step.Usual + " on two cores"
		if step.Cached {
			state = "in the cache"
		}
		fmt.Fprintf(out, "build     %s %s: %s\n", step.Name, step.Version, state)
	}
	for _, name := range p.Checks {
		fmt.Fprintf(out, "check     %s\n", name)
	}
	for _, name := range r.catalogue.Names() {
		if reason := p.Skipped[name]; reason != "" {
			fmt.Fprintf(out, "skip      %s: %s\n", name, reason)
		}
	}
	return nil
}
