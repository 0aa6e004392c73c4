package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// defaultCNI is the platform's own network.
const defaultCNI = cni.Default

// ciliumWorkers suits two cores: with Cilium the birth of a pod costs several times what it costs with the default network, and
// with more checks under way at once kubelets and istio-cni run out of their own time-outs.
const ciliumWorkers = 4

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
	if r.ciliumVersion != "" && r.ciliumVersion != build.CiliumVersion {
		return usageError{fmt.Errorf("--cilium-version %s: without a registry only %s can be had, which is built from its module", r.ciliumVersion, build.CiliumVersion)}
	}
	set, err := build.Cilium(ctx, r.buildOptions())
	if err != nil {
		return err
	}
	r.supply.cilium = cni.Settings{Chart: set.Chart, Version: set.Version, AgentImage: set.Agent.Ref, OperatorImage: set.Operator.Ref}
	r.supply.archives = append(r.supply.archives, set.Agent.Archive, set.Operator.Archive)
	return r.checkCilium(ctx)
}

// pullCilium takes a release: its chart from Cilium's repository, its images from their registry.
func (r *run) pullCilium(ctx context.Context, dir string) error {
	version := r.ciliumVersion
	if version == "" {
		version = build.CiliumVersion
	}
	agent, operator := ciliumImages(version)
	archives, err := mesh.Pull(ctx, dir, r.console.detail, agent, operator)
	if err != nil {
		return err
	}
	r.supply.cilium = cni.Settings{Version: version, AgentImage: agent, OperatorImage: operator}
	r.supply.archives = append(r.supply.archives, archives...)
	return r.checkCilium(ctx)
}

// ciliumProblems says which of the user's values a chart does not read that is here already; another is asked once it is.
func (r *run) ciliumProblems(ctx context.Context) []string {
	settings := r.ciliumSettings()
	if settings.Chart = build.CiliumChart(r.buildOptions()); settings.Chart == "" || len(settings.Values) == 0 {
		return nil
	}
	if err := cni.Check(ctx, settings); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// checkCilium refuses values that Cilium's chart does not read, before there is a cluster.
func (r *run) checkCilium(ctx context.Context) error {
	if err := cni.Check(ctx, r.ciliumSettings()); err != nil {
		return usageError{err}
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
	settings.Withheld = withheld()
	settings.Owner, settings.Platform, settings.Values = r.name, r.backend.cilium, r.cilium
	return settings
}

// withheld are the capabilities that no container on this machine can have. Nodes that run elsewhere are not asked.
func withheld() []string {
	var lacking []string
	for name, number := range map[string]uintptr{"SYS_RESOURCE": unix.CAP_SYS_RESOURCE, "SYS_MODULE": unix.CAP_SYS_MODULE} {
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, number, 0, 0, 0); err == nil && has == 0 {
			lacking = append(lacking, name)
		}
	}
	slices.Sort(lacking)
	return lacking
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

// expected is how the mesh is documented to fail on the run's network; nil where it is to be conformant. A proof expects
// nothing of the mesh.
func (r *run) expected() *reports.Expected {
	variant, own := cni.Named(r.cni)
	if !own || variant.Expect.Conformant() || r.prove {
		return nil
	}
	causes := maps.Clone(variant.Expect.Checks)
	if causes == nil {
		causes = map[string]string{}
	}
	if variant.Expect.Install != "" {
		causes["step/install-mesh"] = variant.Expect.Install
	}
	return &reports.Expected{Causes: causes, Why: variant.Expect.Why, Spec: variant.Expect.Spec}
}
