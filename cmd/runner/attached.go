package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/attach"
	"github.com/ambient-conformance/ambient-conformance/platforms/prerequisites"
)

// attachment are the flags for clusters that exist.
type attachment struct {
	kubeconfig, context string
	agentImage          string
	reuseIstio          bool
	disrupt             bool // checks may disturb a mesh that is somebody else's
	apply, ignore       bool // prerequisites that are missing
	opaque              bool // nodes have a runtime that cannot be asked for its configuration; found by inspect
}

func (a *attachment) bindCluster(flags *pflag.FlagSet) {
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "kubeconfig of a cluster that exists; for "+strings.Join(attach.Names(), ", "))
	flags.StringVar(&a.context, "context", "", "context of the kubeconfig (default: its current one)")
}

func (a *attachment) bind(flags *pflag.FlagSet) {
	a.bindCluster(flags)
	flags.StringVar(&a.agentImage, "agent-image", "", "image of this tool's agent where the nodes of an existing cluster can pull it (default: the one they are loaded with)")
	flags.BoolVar(&a.reuseIstio, "reuse-istio", false, "examine the ambient mesh that an existing cluster has, without touching it")
	flags.BoolVar(&a.disrupt, "allow-disruption", false, "with --reuse-istio: run the checks, too, that restart parts of the mesh or change it for everybody")
	flags.BoolVar(&a.apply, "apply-prerequisites", false, "bring about what the platform lacks; 'runner preflight --revert-prerequisites' takes it back")
	flags.BoolVar(&a.ignore, "ignore-prerequisites", false, "run although the platform lacks a prerequisite")
}

// validateAttachment refuses flags that do not go together.
func (o *options) validateAttachment(refuse func(string, ...any)) {
	attached := isAttached(o.platform)
	switch {
	case attached && o.kubeconfig == "":
		refuse("platform %s is a cluster that exists: name it with --kubeconfig FILE", o.platform)
	case !attached && (o.kubeconfig != "" || o.attachment.context != "" || o.reuseIstio || o.agentImage != ""):
		refuse("--kubeconfig, --context, --agent-image and --reuse-istio are for clusters that exist: %s", strings.Join(attach.Names(), ", "))
	}
	if attached && o.platform != "microk8s" && len(o.imageArchives) > 0 {
		refuse("--image-archive: the nodes of a cluster that exists only pull: push the images to a registry they reach")
	}
	if o.disrupt && !o.reuseIstio {
		refuse("--allow-disruption says something only with --reuse-istio: a mesh of the run's own may be disturbed")
	}
}

func isAttached(platform string) bool {
	b, err := backendNamed(platform)
	return err == nil && b.attached
}

// attachedBackends are a line per platform that is attached to.
func attachedBackends() []backend {
	var all []backend
	for _, name := range attach.Names() {
		all = append(all, backend{
			name: name, attached: true, loads: name == "microk8s", istio: prerequisites.ValuesOf(name).Platform,
			open:  func(r *run) platforms.Platform { return r.existing() },
			ready: func(ctx context.Context, r *run) []string { return r.inspect(ctx) },
		})
	}
	return all
}

// existing is the cluster that the flags name.
func (o *options) existing() *attach.Platform {
	return attach.New(attach.Options{
		Platform: o.platform, Kubeconfig: o.kubeconfig, Context: o.attachment.context, Label: fixtures.OwnerLabel, MeshLabel: mesh.OwnerLabel,
		Uninstall: func(ctx context.Context, config *rest.Config, owner string) error {
			_, err := mesh.Uninstall(ctx, config, mesh.Removal{Owner: owner}, nil)
			return err
		},
	})
}

// inspect looks at an existing cluster and says what stands in the way of a run. It changes nothing.
func (r *run) inspect(ctx context.Context) (problems []string) {
	ctx, stop := context.WithTimeout(ctx, inspectionTimeout)
	defer stop()
	survey, err := r.existing().Survey(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	r.nodes, r.opaque = max(1, len(survey.Schedulable())), !fixtures.Containerd(survey.Facts.Nodes)
	if r.backend.istio == "" {
		r.backend.istio = prerequisites.ValuesOf(survey.Detected).Platform
	}
	r.confDir = prerequisites.ValuesOf(survey.Detected).NetDir
	lacking, err := attach.Lacking(ctx, survey.REST, attach.Work{Examine: true, Install: !r.reuseIstio, Apply: r.applied()})
	if err != nil {
		problems = append(problems, err.Error())
	}
	if len(lacking) > 0 {
		problems = append(problems, tellLacking(lacking))
	}
	if err := r.suits(ctx, survey.REST); err != nil {
		problems = append(problems, err.Error())
	}
	return append(problems, r.judge(ctx, survey)...)
}

// inspectionTimeout bounds everything that is looked at before a run.
const inspectionTimeout = 5 * time.Second

// applied is the platform whose prerequisites this run may change.
func (o *options) applied() string {
	if o.apply {
		return o.platform
	}
	return ""
}

func tellLacking(lacking []string) string {
	const most = 3
	text := strings.Join(lacking[:min(most, len(lacking))], ", ")
	if more := len(lacking) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return "these credentials lack permissions: " + text + "; `runner rbac` prints what a run needs"
}

// suits holds the Istio that is there against what the run is to do with it.
func (r *run) suits(ctx context.Context, config *rest.Config) error {
	if r.reuseIstio {
		found, err := mesh.Find(ctx, config)
		if err == nil {
			r.reused = found
		}
		return err
	}
	err := mesh.Vacant(ctx, config)
	var existing *mesh.ExistingError
	if errors.As(err, &existing) && existing.Owner == "" {
		return fmt.Errorf("%w; --reuse-istio examines it without touching it", err)
	}
	return err
}

// judge judges the platform's prerequisites. Those that are missing stand in the way, unless they will be applied.
func (r *run) judge(ctx context.Context, survey attach.Survey) (problems []string) {
	cluster, err := prerequisites.Open(survey.REST, r.options.platform, r.intent())
	if err != nil {
		return []string{err.Error()}
	}
	r.found = prerequisites.Judge(ctx, cluster)
	for _, f := range r.found {
		if f.Standing == prerequisites.Missing && !r.ignore && !(r.apply && f.Appliable) {
			problems = append(problems, fmt.Sprintf("prerequisite %s is missing: %s; %s (%s), or see --apply-prerequisites and --ignore-prerequisites",
				f.Name, f.Evidence, f.Remedy, f.Documented))
		}
	}
	return problems
}

// intent is what the run is going to install, or has found, as prerequisites see it.
func (r *run) intent() prerequisites.Intent {
	tag, where := cmp.Or(r.istioVersion, mesh.DefaultTag), mesh.Settings{Platform: r.meshPlatform()}.Into()
	if r.reuseIstio {
		tag, where = "", mesh.Namespaces{}
	}
	if r.reused != nil {
		tag, where = r.reused.Charts[mesh.Istiod], r.reused.Namespaces
	}
	i := prerequisites.Intent{IstioNamespace: where.Istiod, AgentNamespace: agentNamespace, Reuse: r.reuseIstio}
	for _, namespace := range []string{where.CNI, where.Ztunnel} {
		if namespace != "" && !slices.Contains(i.NodeNamespaces, namespace) {
			i.NodeNamespaces = append(i.NodeNamespaces, namespace)
		}
	}
	if _, err := fmt.Sscanf(strings.TrimPrefix(tag, "v"), "1.%d", &i.Minor); err != nil {
		i.Minor = 0 // a release that does not say: no promise of one is counted on
	}
	return i
}

// applyPrerequisites brings about what is missing before anything is installed.
func (r *run) applyPrerequisites(ctx context.Context) error {
	if !r.backend.attached || !r.apply {
		return nil
	}
	cluster, err := prerequisites.Open(r.cluster.REST, r.options.platform, r.intent())
	if err != nil {
		return err
	}
	return prerequisites.Apply(ctx, cluster, r.console.detail)
}

// revertPrerequisites takes back what earlier runs applied.
func (r *run) revertPrerequisites(ctx context.Context) ([]string, error) {
	survey, err := r.existing().Survey(ctx)
	if err != nil {
		return nil, usageError{err}
	}
	cluster, err := prerequisites.Open(survey.REST, r.options.platform, r.intent())
	if err != nil {
		return nil, err
	}
	return prerequisites.Revert(ctx, cluster, r.console.detail)
}

// reuse finds the mesh that is there, instead of installing one.
func (r *run) reuse(ctx context.Context) error {
	found, err := mesh.Find(ctx, r.cluster.REST)
	if err != nil {
		return err
	}
	r.mesh = found
	if r.effective, err = found.Effective(ctx); err != nil {
		return err
	}
	r.supply.ztunnel = r.effective["ztunnel.image"]
	return r.enter(ctx)
}

func newRBACCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "rbac",
		Short: "Print the permissions that a run on an existing cluster needs, as a manifest with a service account that has them",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.platform = cmp.Or(o.platform, attach.Generic)
			if !isAttached(o.platform) {
				return usageError{fmt.Errorf("rbac: platform %q is not attached to: choose one of %s", o.platform, strings.Join(attach.Names(), ", "))}
			}
			manifest, err := attach.Manifest(attach.Work{Examine: true, Install: !o.reuseIstio, Apply: o.applied()})
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), manifest)
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.platform, "platform", "", "one of "+strings.Join(attach.Names(), ", "))
	flags.BoolVar(&o.reuseIstio, "reuse-istio", false, "for a run that installs no Istio")
	flags.BoolVar(&o.apply, "apply-prerequisites", false, "for a run that applies what the platform lacks")
	return command
}

// removal is the command that removes what a run made.
func (o *options) removal() string {
	command := "runner down " + o.name
	if o.kubeconfig != "" {
		command += " --kubeconfig " + o.kubeconfig
	}
	if o.attachment.context != "" {
		command += " --context " + o.attachment.context
	}
	return command
}

// foresee lets a plan for an existing cluster know its nodes, and tells what would stand in the way.
func (r *run) foresee(ctx context.Context) {
	if !r.backend.attached {
		return
	}
	for _, problem := range r.inspect(ctx) {
		r.console.note("would be refused: %s", problem)
	}
}
