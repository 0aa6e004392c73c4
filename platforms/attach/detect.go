package attach

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Facts are what an API server says of the platform it belongs to.
type Facts struct {
	Version string   // "v1.33.5-eks-1a2b3c"
	Groups  []string // API groups that are served
	Nodes   []corev1.Node
}

// sign is something that only clusters of one platform show.
type sign struct {
	platform string
	says     string // in words, for the evidence
	shown    func(Facts) bool
}

// signs are asked in order, the first that is shown decides: k3d is also a k3s, and OpenShift runs on clouds whose nodes
// carry the provider's mark.
func signs() []sign {
	return []sign{
		{"openshift", "API group config.openshift.io", group("config.openshift.io")},
		{"eks", "version suffix -eks-", version("-eks-")},
		{"gke", "version suffix -gke.", version("-gke.")},
		{"microk8s", "node label microk8s.io/cluster", label("microk8s.io/cluster")},
		{"minikube", "node label minikube.k8s.io/name", label("minikube.k8s.io/name")},
		{"k3d", "nodes k3d-* of a k3s", func(f Facts) bool { return version("+k3s")(f) && named("k3d-")(f) }},
		{"k3s", "version suffix +k3s", version("+k3s")},
		{"kind", "provider ID kind://", provider("kind://")},
		{"eks", "node label eks.amazonaws.com/nodegroup", label("eks.amazonaws.com/nodegroup")},
		{"eks", "node label eks.amazonaws.com/compute-type", label("eks.amazonaws.com/compute-type")},
		{"gke", "node label cloud.google.com/gke-nodepool", label("cloud.google.com/gke-nodepool")},
	}
}

// Detect names the platform, and the sign that gave it away; "generic" when there is none.
func Detect(f Facts) (platform, evidence string) {
	for _, s := range signs() {
		if s.shown(f) {
			return s.platform, s.says
		}
	}
	return Generic, "no sign of a platform that is known"
}

func version(part string) func(Facts) bool {
	return func(f Facts) bool { return strings.Contains(f.Version, part) }
}

func group(name string) func(Facts) bool {
	return func(f Facts) bool { return slices.Contains(f.Groups, name) }
}

func anyNode(is func(corev1.Node) bool) func(Facts) bool {
	return func(f Facts) bool { return slices.ContainsFunc(f.Nodes, is) }
}

func label(key string) func(Facts) bool {
	return anyNode(func(n corev1.Node) bool { _, ok := n.Labels[key]; return ok })
}

func provider(prefix string) func(Facts) bool {
	return anyNode(func(n corev1.Node) bool { return strings.HasPrefix(n.Spec.ProviderID, prefix) })
}

func named(prefix string) func(Facts) bool {
	return anyNode(func(n corev1.Node) bool { return strings.HasPrefix(n.Name, prefix) })
}

// read asks an API server for its facts.
func read(ctx context.Context, client kubernetes.Interface) (Facts, error) {
	server, err := client.Discovery().ServerVersion()
	if err != nil {
		return Facts{}, fmt.Errorf("asking for the version: %w", err)
	}
	f := Facts{Version: server.GitVersion}
	groups, err := client.Discovery().ServerGroups()
	if err != nil {
		return f, fmt.Errorf("asking for the API groups: %w", err)
	}
	for _, g := range groups.Groups {
		f.Groups = append(f.Groups, g.Name)
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return f, fmt.Errorf("listing nodes: %w", err)
	}
	f.Nodes = nodes.Items
	return f, nil
}
