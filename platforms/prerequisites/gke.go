package prerequisites

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const nodeCritical = "system-node-critical"

// chartQuotas is the release since which the charts bring the quotas themselves with global.platform=gke.
const chartQuotas = 26

// judgeQuota: GKE admits pods of this class only where a quota for it leaves room; istio-cni and ztunnel need one each on
// every node. All quotas that match must leave it.
func judgeQuota(ctx context.Context, c *Cluster) (Verdict, error) {
	if c.NodeNamespace == "kube-system" {
		return met("istio-cni and ztunnel go to kube-system, where GKE has a quota of its own")
	}
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return Verdict{}, fmt.Errorf("listing nodes: %w", err)
	}
	quotas, err := c.client.CoreV1().ResourceQuotas(c.NodeNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return Verdict{}, fmt.Errorf("listing quotas of namespace %s: %w", c.NodeNamespace, err)
	}
	need, found := int64(2*len(nodes.Items)), ""
	for _, q := range quotas.Items {
		room, limited := room(q)
		switch {
		case !limits(q) || !limited:
			continue
		case room < need && !c.Reuse:
			return missing("quota %s/%s leaves room for %d critical pods; %d nodes need %d", q.Namespace, q.Name, room, len(nodes.Items), need)
		}
		found = fmt.Sprintf("quota %s/%s leaves room for %d critical pods; %d nodes need %d", q.Namespace, q.Name, room, len(nodes.Items), need)
	}
	switch {
	case found != "":
		return met("%s", found)
	case c.Minor >= chartQuotas && !c.Reuse:
		return met("namespace %s has no quota for %s, and the charts of Istio 1.%d bring theirs with global.platform=gke", c.NodeNamespace, nodeCritical, c.Minor)
	}
	return missing("namespace %s has no quota for PriorityClass %s", c.NodeNamespace, nodeCritical)
}

// limits says whether a quota counts pods of the class node-critical.
func limits(q corev1.ResourceQuota) bool {
	if q.Spec.ScopeSelector == nil {
		return false
	}
	return slices.ContainsFunc(q.Spec.ScopeSelector.MatchExpressions, func(r corev1.ScopedResourceSelectorRequirement) bool {
		return r.ScopeName == corev1.ResourceQuotaScopePriorityClass && r.Operator == corev1.ScopeSelectorOpIn && slices.Contains(r.Values, nodeCritical)
	})
}

// room is how many more pods a quota admits, if it counts pods at all.
func room(q corev1.ResourceQuota) (int64, bool) {
	hard, ok := q.Spec.Hard[corev1.ResourcePods]
	used := q.Status.Used[corev1.ResourcePods]
	return hard.Value() - used.Value(), ok
}
