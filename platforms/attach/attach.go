// Package attach implements the platform verbs over a cluster that exists: it is reached, examined and left as it was
// found. What this tool puts into it carries an owner's label; nothing without that label is ever deleted.
package attach

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Generic is a cluster of no platform in particular.
const Generic = "generic"

// Options say which cluster.
type Options struct {
	Platform   string // what the user takes it for
	Kubeconfig string // path
	Context    string // empty: the file's current one
	Label      string // on everything that a run creates, with the run's name as its value
	MeshLabel  string // likewise, on what the installation of a mesh creates
	// Uninstall removes the mesh of an owner, and nothing when there is none; nil where none was installed.
	Uninstall func(ctx context.Context, config *rest.Config, owner string) error
}

// Platform is an existing cluster.
type Platform struct{ Options }

// New returns the platform; nothing is contacted.
func New(o Options) *Platform { return &Platform{o} }

// contact bounds each request that finds out whether there is a cluster at all.
const contact = 5 * time.Second

// Config reads the kubeconfig. Its errors say which of file and context is at fault.
func (p *Platform) Config() (*rest.Config, error) {
	if p.Kubeconfig == "" {
		return nil, fmt.Errorf("platform %s is a cluster that exists: name it with --kubeconfig FILE", p.Platform)
	}
	if _, err := os.ReadFile(p.Kubeconfig); err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: p.Kubeconfig}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: p.Context})
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig %s: %w", p.Kubeconfig, err)
	}
	if err := hasContext(raw.Contexts, p.Context, raw.CurrentContext); err != nil {
		return nil, fmt.Errorf("kubeconfig %s: %w", p.Kubeconfig, err)
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig %s: %w", p.Kubeconfig, err)
	}
	return config, nil
}

// hasContext says what is wrong with the context asked for.
func hasContext[C any](contexts map[string]C, asked, current string) error {
	var names []string
	for name := range contexts {
		names = append(names, name)
	}
	slices.Sort(names)
	switch _, ok := contexts[asked]; {
	case asked != "" && !ok:
		return fmt.Errorf("there is no context %q; it has: %s", asked, strings.Join(names, ", "))
	case asked == "" && current == "":
		return fmt.Errorf("it has no current context: choose one with --context: %s", strings.Join(names, ", "))
	}
	return nil
}

// Survey reads what there is and holds it against what the user says it is. Nothing is changed.
func (p *Platform) Survey(ctx context.Context) (Survey, error) {
	config, err := p.Config()
	if err != nil {
		return Survey{}, err
	}
	s := Survey{REST: config}
	quick := rest.CopyConfig(config)
	quick.Timeout = contact
	client, err := kubernetes.NewForConfig(quick)
	if err != nil {
		return s, fmt.Errorf("building a client for %s: %w", config.Host, err)
	}
	s.Facts, err = read(ctx, client)
	if err != nil {
		return s, explain(config.Host, err)
	}
	if s.Detected, s.Evidence = Detect(s.Facts); !agrees(p.Platform, s.Detected) {
		return s, fmt.Errorf("--platform %s, but this cluster is %s (%s): use --platform %s", p.Platform, s.Detected, s.Evidence, attachable(s.Detected))
	}
	return s, nil
}

// Survey is a cluster as it was found.
type Survey struct {
	REST               *rest.Config
	Facts              Facts
	Detected, Evidence string
}

// Schedulable are the names of the nodes that take pods, sorted.
func (s Survey) Schedulable() []string {
	var names []string
	for _, node := range s.Facts.Nodes {
		if !node.Spec.Unschedulable {
			names = append(names, node.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Names are the platforms that are attached to.
func Names() []string { return []string{"eks", "gke", "openshift", "microk8s", Generic} }

// attachable is the name under which a detected platform is attached to: one without prerequisites of its own is generic.
func attachable(detected string) string {
	if slices.Contains(Names(), detected) {
		return detected
	}
	return Generic
}

func agrees(asked, detected string) bool { return asked == attachable(detected) }

// explain turns a failed first contact into a sentence about the cluster.
func explain(host string, err error) error {
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server %s does not know these credentials: %w", host, err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("these credentials may not look at the cluster, see `runner rbac`: %w", err)
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return fmt.Errorf("the API server %s: %w", host, err)
	}
	return fmt.Errorf("the API server %s cannot be reached: %w", host, err)
}

// Create connects and checks. A run of that name that left something behind is not this one: ErrExists.
func (p *Platform) Create(ctx context.Context, spec platforms.Spec) (*platforms.Cluster, error) {
	s, err := p.Survey(ctx)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(s.REST)
	if err != nil {
		return nil, err
	}
	if err := p.unused(ctx, client, spec.Name); err != nil {
		return nil, err
	}
	return &platforms.Cluster{
		Name: spec.Name, Platform: p.Platform, Kubeconfig: p.Kubeconfig, REST: s.REST, Nodes: s.Schedulable(),
	}, nil
}

// unused says that no namespace carries a run's name by any of the labels: what does would be taken for this run's, and
// deleted with it.
func (p *Platform) unused(ctx context.Context, client kubernetes.Interface, run string) error {
	for _, label := range []string{p.Label, p.MeshLabel} {
		if label == "" {
			continue
		}
		left, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: label + "=" + run})
		if err != nil {
			return fmt.Errorf("looking for what an earlier run left: %w", err)
		}
		if len(left.Items) > 0 {
			return fmt.Errorf("%w: a run %q left namespace %s; remove it with: runner down %s --kubeconfig %s",
				platforms.ErrExists, run, left.Items[0].Name, run, p.Kubeconfig)
		}
	}
	return nil
}

var _ platforms.Foreseer = (*Platform)(nil)

// Foresee says that the cluster itself is left as it is.
func (p *Platform) Foresee(platforms.Spec) ([]platforms.Action, error) {
	actions := []platforms.Action{{Do: "connect, and refuse a cluster of another platform or with what a run of this name left"}}
	if p.Platform == "microk8s" {
		actions = append(actions, platforms.Action{Do: "load images into this machine's node: " + platforms.Archives})
	}
	return actions, nil
}

// Load refuses: nodes of a cluster that exists take images from a registry only. A MicroK8s of this one machine takes
// them from its command.
func (p *Platform) Load(ctx context.Context, cluster string, archives ...string) error {
	if len(archives) == 0 {
		return nil
	}
	if p.Platform == "microk8s" {
		return p.importArchives(ctx, cluster, archives)
	}
	return fmt.Errorf("loading images into cluster %s: its nodes can only pull: push %s to a registry they reach, and name it with --agent-image, --hub and --tag",
		cluster, strings.Join(archives, ", "))
}

// Logs writes what the API server keeps of pods and events: a file per container of the namespaces that a run made or
// that hold the mesh, and events.txt.
func (p *Platform) Logs(ctx context.Context, cluster, dir string) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	pods, err := client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("collecting logs of cluster %s: %w", cluster, err)
	}
	var errs []error
	for _, pod := range pods.Items {
		if isOfMesh(pod) || pod.Labels[p.Label] == cluster || pod.Labels["app"] == "node-agent" {
			errs = append(errs, podLogs(ctx, client, pod, dir))
		}
	}
	return errors.Join(append(errs, events(ctx, client, dir))...)
}

func isOfMesh(pod corev1.Pod) bool {
	return pod.Labels["app"] == "ztunnel" || pod.Labels["app"] == "istiod" || pod.Labels["k8s-app"] == "istio-cni-node"
}

// logLimit is what is kept of one container.
const logLimit = 4 << 20

func podLogs(ctx context.Context, client kubernetes.Interface, pod corev1.Pod, dir string) error {
	limit := int64(logLimit)
	var errs []error
	for _, container := range pod.Spec.Containers {
		text, err := client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: container.Name, LimitBytes: &limit}).DoRaw(ctx)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, pod.Namespace+"_"+pod.Name+"_"+container.Name+".log"), text, 0o644)
		}
		if err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("reading the log of %s/%s: %w", pod.Namespace, pod.Name, err))
		}
	}
	return errors.Join(errs...)
}

func events(ctx context.Context, client kubernetes.Interface, dir string) error {
	list, err := client.CoreV1().Events(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	var b strings.Builder
	for _, e := range list.Items {
		fmt.Fprintf(&b, "%s %s/%s %s %s: %s\n", e.LastTimestamp.UTC().Format(time.RFC3339), e.Namespace, e.InvolvedObject.Name, e.Type, e.Reason, e.Message)
	}
	return os.WriteFile(filepath.Join(dir, "events.txt"), []byte(b.String()), 0o644)
}

func (p *Platform) client() (kubernetes.Interface, error) {
	config, err := p.Config()
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// policies are the kinds that checks also put into namespaces that are not theirs.
func policies() []schema.GroupVersionResource {
	const group = "security.istio.io"
	return []schema.GroupVersionResource{
		{Group: group, Version: "v1", Resource: "authorizationpolicies"},
		{Group: group, Version: "v1", Resource: "peerauthentications"},
	}
}

// Delete removes what a run made, found by its label: policies, then the mesh it installed, then its namespaces. The
// cluster stays.
func (p *Platform) Delete(ctx context.Context, cluster string) error {
	config, err := p.Config()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	ours := metav1.ListOptions{LabelSelector: p.Label + "=" + cluster}
	if err := deletePolicies(ctx, objects, ours); err != nil {
		return fmt.Errorf("removing what run %s made: %w", cluster, err)
	}
	// Namespaces before the mesh: their pods must leave it while istio-cni still runs.
	if err := deleteNamespaces(ctx, client, ours); err != nil {
		return fmt.Errorf("removing what run %s made: %w", cluster, err)
	}
	if p.Uninstall == nil {
		return nil
	}
	return p.Uninstall(ctx, config, cluster)
}

func deletePolicies(ctx context.Context, client dynamic.Interface, ours metav1.ListOptions) error {
	for _, kind := range policies() {
		list, err := client.Resource(kind).List(ctx, ours)
		if apierrors.IsNotFound(err) {
			continue // a kind that is not served has no objects
		}
		if err != nil {
			return fmt.Errorf("listing %s: %w", kind.Resource, err)
		}
		for _, o := range list.Items {
			err := client.Resource(kind).Namespace(o.GetNamespace()).Delete(ctx, o.GetName(), metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("deleting %s %s/%s: %w", kind.Resource, o.GetNamespace(), o.GetName(), err)
			}
		}
	}
	return nil
}

// deleteNamespaces deletes and waits: a namespace that is going cannot be made again by the next run.
func deleteNamespaces(ctx context.Context, client kubernetes.Interface, ours metav1.ListOptions) error {
	for {
		list, err := client.CoreV1().Namespaces().List(ctx, ours)
		if err != nil {
			return fmt.Errorf("listing namespaces: %w", err)
		}
		if len(list.Items) == 0 {
			return nil
		}
		for _, n := range list.Items {
			if n.DeletionTimestamp != nil {
				continue
			}
			if err := client.CoreV1().Namespaces().Delete(ctx, n.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("deleting namespace %s: %w", n.Name, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for namespace %s to go: %w", list.Items[0].Name, context.Cause(ctx))
		case <-time.After(250 * time.Millisecond):
		}
	}
}
