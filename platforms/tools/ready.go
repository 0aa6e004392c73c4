package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// look is how often a cluster is asked whether it is complete: a node registers once, within a minute or so.
const look = 500 * time.Millisecond

// Await returns the cluster that a kubeconfig leads to, once its API server is ready and all nodes of spec are
// registered, and, unless they wait for a CNI variant, ready. The tools' own waiting is not relied on: each has cases in
// which it ends early or never.
func Await(ctx context.Context, platform, kubeconfig string, spec platforms.Spec) (*platforms.Cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig of cluster %s: %w", spec.Name, err)
	}
	asking := rest.CopyConfig(config)
	asking.QPS = -1 // a limit gives up before the deadline, with an error about itself
	client, err := kubernetes.NewForConfig(asking)
	if err != nil {
		return nil, fmt.Errorf("connecting to cluster %s: %w", spec.Name, err)
	}
	var nodes []string
	last := fmt.Errorf("not asked yet")
	err = wait.PollUntilContextCancel(ctx, look, true, func(ctx context.Context) (bool, error) {
		found, missing := complete(ctx, client, spec)
		if ctx.Err() == nil { // otherwise the end of the wait would hide what was waited for
			nodes, last = found, missing
		}
		return last == nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for cluster %s: %w: %w", spec.Name, context.Cause(ctx), last)
	}
	return &platforms.Cluster{Name: spec.Name, Platform: platform, Kubeconfig: kubeconfig, REST: config, Nodes: nodes}, nil
}

// complete returns the nodes, or what is missing.
func complete(ctx context.Context, client kubernetes.Interface, spec platforms.Spec) ([]string, error) {
	if err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
		return nil, fmt.Errorf("its API server is not ready: %w", err)
	}
	list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing its nodes: %w", err)
	}
	if len(list.Items) < spec.Nodes {
		return nil, fmt.Errorf("%d of %d nodes are registered", len(list.Items), spec.Nodes)
	}
	for _, node := range list.Items {
		if why := notReady(node); why != "" && !spec.DisableCNI {
			return nil, fmt.Errorf("node %s is not ready: %s", node.Name, why)
		}
	}
	return names(list.Items), nil
}

func notReady(node corev1.Node) string {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			if condition.Status == corev1.ConditionTrue {
				return ""
			}
			return cmp.Or(condition.Message, condition.Reason, "its kubelet does not say why")
		}
	}
	return "its kubelet has not reported yet"
}

// names sorts nodes, those of the control plane first.
func names(nodes []corev1.Node) []string {
	rank := func(n corev1.Node) int {
		if _, ok := n.Labels["node-role.kubernetes.io/control-plane"]; ok {
			return 0
		}
		return 1
	}
	slices.SortFunc(nodes, func(a, b corev1.Node) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
	var all []string
	for _, node := range nodes {
		all = append(all, node.Name)
	}
	return all
}
