package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// ciliumChart is what --set calls Cilium's chart.
const ciliumChart = "cilium"

// cniProblems says what is wrong with --cni and --cilium-version.
func (o *options) cniProblems() (problems []error) {
	_, own := cni.Named(o.cni)
	if !own {
		if o.ciliumVersion != "" {
			problems = append(problems, fmt.Errorf("--cilium-version %s: --cni default installs no Cilium", o.ciliumVersion))
		}
		return problems
	}
	if b, err := backendNamed(o.platform); err == nil && b.attached {
		problems = append(problems, fmt.Errorf("--cni %s: the network plugin of an existing cluster is not exchanged; leave --cni away, and it is examined as it is", o.cni))
	}
	if o.layout != "" {
		problems = append(problems, fmt.Errorf("--cni %s and --layout %s: Cilium is installed into the standard directories", o.cni, o.layout))
	}
	return problems
}

// provideCNI gets the images and the chart of the CNI variant: released ones where a registry is used, else built ones.
func (r *run) provideCNI(ctx context.Context, dir string) error {
	if _, own := cni.Named(r.cni); !own {
		return nil
	}
	if !r.offline(ctx) {
		return r.pullCilium(ctx, dir)
	}
	set, err := build.Cilium(ctx, r.buildOptions())
	if err != nil {
		return err
	}
	r.supply.cilium = cni.Settings{Chart: set.Chart, Version: set.Version, AgentImage: set.Agent.Ref, OperatorImage: set.Operator.Ref}
	r.supply.archives = append(r.supply.archives, set.Agent.Archive, set.Operator.Archive)
	return cni.Check(ctx, r.ciliumSettings())
}

// pullCilium takes a release: its chart from Cilium's repository, its images from their registry.
func (r *run) pullCilium(ctx context.Context, dir string) error {
	version := cmp.Or(r.ciliumVersion, build.CiliumVersion)
	agent, operator := ciliumImages(version)
	archives, err := mesh.Pull(ctx, dir, r.console.detail, agent, operator)
	if err != nil {
		return err
	}
	r.supply.cilium = cni.Settings{Version: version, AgentImage: agent, OperatorImage: operator}
	r.supply.archives = append(r.supply.archives, archives...)
	return cni.Check(ctx, r.ciliumSettings())
}

// ciliumProblems says what of --cilium-version and of the user's values cannot be had. Only the chart that runners build is
// here beforehand; what another does not read is refused once that has been fetched.
func (r *run) ciliumProblems(ctx context.Context) []string {
	if _, own := cni.Named(r.cni); !own {
		return nil
	}
	if r.ciliumVersion != "" && r.ciliumVersion != build.CiliumVersion {
		if r.offline(ctx) {
			return []string{fmt.Sprintf("--cilium-version %s: without a registry only %s can be had, which is built from its module", r.ciliumVersion, build.CiliumVersion)}
		}
		return nil
	}
	settings := r.ciliumSettings()
	if settings.Chart = build.CiliumChart(r.buildOptions()); settings.Chart == "" || len(settings.Values) == 0 {
		return nil
	}
	if err := cni.Check(ctx, settings); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// ciliumImages are the released images of a version.
func ciliumImages(version string) (agent, operator string) {
	return "quay.io/cilium/cilium:v" + version, "quay.io/cilium/operator-generic:v" + version
}

// ciliumSettings are the network this run installs.
func (r *run) ciliumSettings() cni.Settings {
	settings := r.supply.cilium
	settings.Variant, _ = cni.Named(r.cni)
	settings.Withheld = cni.Withheld()
	settings.Owner, settings.Platform, settings.Values = r.name, r.backend.cilium, r.cilium
	return settings
}

// installCNI brings the network, and holds what is in force against what the variant is about.
func (r *run) installCNI(ctx context.Context) error {
	settings := r.ciliumSettings()
	installed, err := cni.Install(ctx, r.cluster.REST, settings, r.console.detail)
	r.network = installed
	if err != nil {
		return err
	}
	effective, err := installed.Effective(ctx)
	if err != nil {
		return err
	}
	r.networkSettings = map[string]string{}
	for key, value := range effective {
		r.networkSettings["cilium."+key] = value
	}
	r.lab.Network = maps.Clone(effective)
	if unmet := settings.Variant.Unmet(effective); len(unmet) > 0 {
		return fmt.Errorf("settings that did not take effect: %s", strings.Join(unmet, "; "))
	}
	return nil
}

// expected is how the mesh is documented to fail on the run's network, as far as this run examines it; nil where it is to be
// conformant. A proof expects nothing of the mesh.
func (r *run) expected() *reports.Expected {
	variant, _ := cni.Named(r.cni)
	if r.prove {
		return nil
	}
	causes := map[string]string{}
	for check, id := range variant.Expect.Checks {
		if slices.Contains(r.selected, check) {
			causes[check] = id
		}
	}
	if variant.Expect.Install != "" {
		causes["step/install-mesh"] = variant.Expect.Install
	}
	if len(causes) == 0 {
		return nil
	}
	return &reports.Expected{Causes: causes, Why: variant.Expect.Why, Spec: variant.Expect.Spec}
}
