package cni

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	v2 "helm.sh/helm/v4/pkg/chart/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/platforms/helm"
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
	config  *rest.Config
	client  kubernetes.Interface
	log     log
}

// Log is what Helm and the API server said.
func (i *Installed) Log() []byte {
	i.log.mu.Lock()
	defer i.log.mu.Unlock()
	return bytes.Clone(i.log.text.Bytes())
}

// log is written to from several goroutines.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds a line.
func (l *log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

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
	i := &Installed{Version: chart.Metadata.Version, config: config}
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
		Name: "cilium", Namespace: Namespace, Owner: owner,
	}, chart, values)
}
