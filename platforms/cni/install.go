package cni

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/platforms/helm"
	"github.com/ambient-conformance/ambient-conformance/platforms/nodes"
)

// ReleasedCharts is the repository of Cilium's releases.
const ReleasedCharts = "https://helm.cilium.io"

// Namespace is where Cilium runs, as its documentation has it.
const Namespace = "kube-system"

// DefaultTimeout leaves room for pulling two images over a slow line and for compiling BPF programs on a busy machine.
const DefaultTimeout = 5 * time.Minute

// Settings say which Cilium is wanted.
type Settings struct {
	Variant Variant
	Owner   string // value of the label on the Helm release

	// Chart is a directory or an archive of Cilium's chart; empty: that of Version, from ReleasedCharts.
	Chart   string
	Version string // "1.20.2"
	// Full references that the nodes have; empty leaves them to the chart.
	AgentImage, OperatorImage string

	// Platform are values that the platform needs, Values the user's; the latter win over everything.
	Platform, Values map[string]any

	// Withheld are Linux capabilities that the nodes cannot give a container ("SYS_RESOURCE"): asking for one fails it.
	Withheld []string

	Timeout time.Duration // zero: DefaultTimeout
}

// Installed is a Cilium in a cluster.
type Installed struct {
	Version string // of the chart
	variant Variant
	config  *rest.Config
	client  kubernetes.Interface
	log     lockedBuffer
}

// Log is what Helm and the API server said.
func (i *Installed) Log() []byte { return i.log.copy() }

// Install applies Cilium's chart and returns when agents and operator are rolled out, every node is Ready, and the
// cluster's DNS answers through it. When something may have been created before it failed, Installed is returned beside
// the error.
func Install(ctx context.Context, config *rest.Config, s Settings, say func(string, ...any)) (*Installed, error) {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not ready within %s", timeout))
	defer cancel()
	chart, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	i := &Installed{Version: chart.Metadata.Version, variant: s.Variant, config: config}
	if i.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	values, err := i.values(ctx, s)
	if err != nil {
		return nil, err
	}
	values = merged(spared(chart.Values, s.Withheld), values)
	say("applying chart cilium %s", i.Version)
	if err := i.apply(ctx, chart, values, s.Owner); err != nil {
		return i, fmt.Errorf("applying chart cilium %s: %w", i.Version, err)
	}
	if err := i.await(ctx, say); err != nil {
		return i, fmt.Errorf("waiting for Cilium: %w", err)
	}
	return i, nil
}

// load reads the chart.
func (s Settings) load(ctx context.Context) (*v2.Chart, error) {
	if s.Chart != "" {
		chart, err := loader.Load(s.Chart)
		if err != nil {
			return nil, fmt.Errorf("loading Cilium's chart from %s: %w", s.Chart, err)
		}
		// In a source tree the chart's version is the one under development; what runs says which it is.
		if s.Version != "" {
			chart.Metadata.Version, chart.Metadata.AppVersion = s.Version, s.Version
		}
		return chart, nil
	}
	repository, err := helm.OpenRepository(ctx, ReleasedCharts, s.Version)
	if err != nil {
		return nil, err
	}
	chart, err := repository.Chart(ctx, "cilium")
	if err != nil {
		return nil, fmt.Errorf("loading Cilium's chart from %s: %w", ReleasedCharts, err)
	}
	return chart, nil
}

// values are all that the chart is given.
func (i *Installed) values(ctx context.Context, s Settings) (map[string]any, error) {
	own := map[string]any{}
	if s.Variant.NoKubeProxy {
		// Without kube-proxy the agents cannot reach the API server by its Service.
		host, port, err := i.apiServer(ctx)
		if err != nil {
			return nil, err
		}
		own = merged(own, tree("k8sServiceHost", host), tree("k8sServicePort", port))
	}
	return s.given(own), nil
}

// given are the values that follow from the settings, over more that only a cluster can tell.
func (s Settings) given(more map[string]any) map[string]any {
	own := merged(more)
	if s.AgentImage != "" {
		own = merged(own, tree("image.override", s.AgentImage))
	}
	if s.OperatorImage != "" {
		own = merged(own, tree("operator.image.override", s.OperatorImage))
	}
	return s.Variant.valuesOf(own, s.Platform, s.Values)
}

// Foresee are the values that Install will give the chart, but for what only the cluster or the chart itself can tell: the
// API server's address where there is no kube-proxy, and the chart's capabilities without those that are withheld.
func (s Settings) Foresee() map[string]any { return s.given(nil) }

// spared are the chart's lists of capabilities without those that are withheld; nil where nothing is.
func spared(defaults map[string]any, withheld []string) map[string]any {
	security, _ := defaults["securityContext"].(map[string]any)
	capabilities, _ := security["capabilities"].(map[string]any)
	left := map[string]any{}
	for container, list := range capabilities {
		asked, _ := list.([]any)
		kept := slices.DeleteFunc(slices.Clone(asked), func(c any) bool { return slices.Contains(withheld, fmt.Sprint(c)) })
		if len(kept) < len(asked) {
			left[container] = kept
		}
	}
	if len(left) == 0 {
		return nil
	}
	return map[string]any{"securityContext": map[string]any{"capabilities": left}}
}

// apiServer is where the API server really listens, as it publishes it itself.
func (i *Installed) apiServer(ctx context.Context) (host string, port int64, err error) {
	slicesOf, err := i.client.DiscoveryV1().EndpointSlices("default").List(ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=kubernetes"})
	if err != nil {
		return "", 0, fmt.Errorf("asking for the API server's address: %w", err)
	}
	for _, slice := range slicesOf.Items {
		for _, endpoint := range slice.Endpoints {
			if len(endpoint.Addresses) > 0 && len(slice.Ports) > 0 && slice.Ports[0].Port != nil {
				return endpoint.Addresses[0], int64(*slice.Ports[0].Port), nil
			}
		}
	}
	return "", 0, fmt.Errorf("asking for the API server's address: Service default/kubernetes has no endpoint")
}

// apply installs the chart.
func (i *Installed) apply(ctx context.Context, chart *v2.Chart, values map[string]any, owner string) error {
	client, err := helm.New(ctx, i.config, &i.log, probeOften)
	if err != nil {
		return err
	}
	return client.Install(ctx, helm.Release{
		Name: "cilium", Namespace: Namespace, Labels: map[string]string{"conformance.ambient/owner": owner},
	}, chart, values)
}

// await returns when the network carries traffic: first the nodes, then what runs on them.
func (i *Installed) await(ctx context.Context, say func(string, ...any)) error {
	list, err := i.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	var names []string
	for _, node := range list.Items {
		names = append(names, node.Name)
	}
	if err := i.awaitNodes(ctx, names); err != nil {
		return fmt.Errorf("%w\n%s", err, i.pods(context.WithoutCancel(ctx)))
	}
	say("nodes ready with Cilium")
	if err := poll(ctx, i.late); err != nil {
		return fmt.Errorf("%w\n%s", err, i.pods(context.WithoutCancel(ctx)))
	}
	return nil
}

// awaitNodes returns when all nodes have a network, or sooner when an agent keeps failing and none will come.
func (i *Installed) awaitNodes(ctx context.Context, names []string) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, done := context.WithCancel(ctx)
	group.Go(func() error {
		defer done()
		_, err := nodes.Await(ctx, i.config, names, lacks)
		return err
	})
	group.Go(func() error {
		err := poll(ctx, i.hopeless)
		if err == nil {
			return errors.New("an agent keeps failing")
		}
		return nil // it never was hopeless; nodes.Await says what became of it
	})
	return group.Wait()
}

// failures are how often a container may fail before nothing good is expected of it: an agent may well start before the
// operator has defined its resources.
const failures = 4

// hopeless returns "" when a container of Cilium has failed too often.
func (i *Installed) hopeless(ctx context.Context) (string, error) {
	list, err := i.client.CoreV1().Pods(Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=cilium"})
	if err != nil {
		return "", err
	}
	for _, pod := range list.Items {
		for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if status.RestartCount >= failures && status.State.Running == nil {
				return "", nil
			}
		}
	}
	return "no container keeps failing", nil
}

// lacks says why a node's network is not up, "" when it is.
func lacks(n *corev1.Node) string {
	for _, taint := range n.Spec.Taints {
		if taint.Key == "node.cilium.io/agent-not-ready" {
			return "tainted " + taint.Key
		}
	}
	for _, condition := range n.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return condition.Message
		}
	}
	if !slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeNetworkUnavailable && c.Status == corev1.ConditionFalse
	}) {
		return "its agent has not said that the network is up"
	}
	return ""
}

// late says what of Cilium and the cluster's DNS is not rolled out, "" when all is.
func (i *Installed) late(ctx context.Context) (string, error) {
	var late []string
	agents, err := i.client.AppsV1().DaemonSets(Namespace).Get(ctx, "cilium", metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("reading DaemonSet cilium: %w", err)
	}
	if s := agents.Status; s.ObservedGeneration < agents.Generation || s.DesiredNumberScheduled == 0 || s.NumberReady < s.DesiredNumberScheduled {
		late = append(late, fmt.Sprintf("%d of %d agents ready", s.NumberReady, s.DesiredNumberScheduled))
	}
	deployments, err := i.client.AppsV1().Deployments(Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing deployments: %w", err)
	}
	for _, d := range deployments.Items {
		if want := *d.Spec.Replicas; d.Status.AvailableReplicas < want {
			late = append(late, fmt.Sprintf("deployment %s has %d of %d pods available", d.Name, d.Status.AvailableReplicas, want))
		}
	}
	return strings.Join(late, ", "), nil
}

// pods describes those of Cilium that are not ready, for an error.
func (i *Installed) pods(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	list, err := i.client.CoreV1().Pods(Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "its pods could not be listed: " + err.Error()
	}
	var lines []string
	for _, pod := range list.Items {
		for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if line := trouble(status); line != "" {
				lines = append(lines, fmt.Sprintf("pod %s, container %s: %s", pod.Name, status.Name, line))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// trouble is why a container does not run, "" where nothing is known against it.
func trouble(s corev1.ContainerStatus) string {
	switch last := s.LastTerminationState.Terminated; {
	case s.State.Waiting != nil && s.State.Waiting.Reason != "PodInitializing":
		text := s.State.Waiting.Reason + " " + s.State.Waiting.Message
		if last != nil {
			text += "; ended with " + last.Reason + " " + last.Message
		}
		return strings.TrimSpace(text)
	case s.State.Terminated != nil && s.State.Terminated.ExitCode != 0:
		return s.State.Terminated.Reason + " " + s.State.Terminated.Message
	case s.State.Running != nil && !s.Ready:
		return "runs and is not ready"
	}
	return ""
}

// lockedBuffer keeps what is logged from several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write adds a line.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) copy() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

// Check finds out before anything is created whether the chart can be read, and reads every value of the user's.
func Check(ctx context.Context, s Settings) error {
	chart, err := s.load(ctx)
	if err != nil {
		return err
	}
	base := s.Variant.valuesOf(s.Platform)
	path, err := helm.Ignored(ctx, s.Values, func(values map[string]any) (string, error) {
		return helm.Render(ctx, helm.Release{Name: "cilium", Namespace: Namespace}, chart, merged(base, values), "")
	})
	if err != nil {
		return fmt.Errorf("rendering chart cilium: %w", err)
	}
	if path != nil {
		return fmt.Errorf("value %s of chart cilium has no effect: the chart renders the same whatever it is; check its spelling and place",
			strings.Join(path, "."))
	}
	return nil
}
