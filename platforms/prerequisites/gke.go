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

// judgeQuota: GKE admits pods of this class only where a quota has a scope that covers it, and every quota that counts them
// leaves room; istio-cni and ztunnel need one each on every node.
func judgeQuota(ctx context.Context, c *Cluster) (Verdict, error) {
	where, err := c.nodeNamespaces(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var verdicts []Verdict
	for _, namespace := range where {
		verdict, err := c.judgeQuotaOf(ctx, namespace)
		if err != nil {
			return Verdict{}, err
		}
		verdicts = append(verdicts, verdict)
	}
	return worst(verdicts)
}

func (c *Cluster) judgeQuotaOf(ctx context.Context, namespace string) (Verdict, error) {
	if namespace == "kube-system" {
		return met("istio-cni and ztunnel go to kube-system, where GKE has a quota of its own")
	}
	found, need, err := c.quotasOf(ctx, namespace)
	if err != nil {
		return Verdict{}, err
	}
	if short := found.short(need); short != "" && !c.Reuse {
		return missing("%s", short)
	}
	covering := found.covering()
	switch unclear := found.unclear(); {
	case covering == "" && c.Minor >= chartQuotas && !c.Reuse:
		return met("namespace %s has no quota for %s, and the charts of Istio 1.%d bring theirs with global.platform=gke", namespace, nodeCritical, c.Minor)
	case covering == "":
		return missing("namespace %s has no quota for PriorityClass %s", namespace, nodeCritical)
	case unclear != "" && !c.Reuse:
		return cannotTell("%s", unclear)
	}
	return met("%s", found.tell(covering, need))
}

// quotasOf reads the quotas of a namespace, and for how many pods all of them must leave room.
func (c *Cluster) quotasOf(ctx context.Context, namespace string) (found quotas, need int64, err error) {
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, 0, fmt.Errorf("listing nodes: %w", err)
	}
	list, err := c.client.CoreV1().ResourceQuotas(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, 0, fmt.Errorf("listing quotas of namespace %s: %w", namespace, err)
	}
	return list.Items, int64(2 * len(nodes.Items)), nil
}

// quotas are those of one namespace, as they bear on pods of the class node-critical of istio-cni and ztunnel, which run
// without an end and request something.
type quotas []corev1.ResourceQuota

// covering names the quota by which the API server admits the class at all. One scope that matches is enough for that, even
// of a quota that for another scope does not count the pod, or that counts other things than pods.
func (qs quotas) covering() string {
	for _, q := range qs {
		covers := func(r corev1.ScopedResourceSelectorRequirement) bool {
			return r.ScopeName == corev1.ResourceQuotaScopePriorityClass && matches(r)
		}
		if slices.ContainsFunc(requirements(q), covers) {
			return q.Name
		}
	}
	return ""
}

// short tells of a quota that leaves room for fewer pods than are needed.
func (qs quotas) short(need int64) string {
	for _, q := range qs {
		if room, limited := room(q); counts(q) && limited && room < need {
			return tellRoom(q, room, need)
		}
	}
	return ""
}

// unclear tells of a quota of which nothing shows whether the pods fit.
func (qs quotas) unclear() string {
	for _, q := range qs {
		if !counts(q) {
			continue
		}
		for name := range q.Spec.Hard {
			if _, counted := q.Status.Used[name]; !counted {
				return fmt.Sprintf("quota %s/%s has not been counted yet, and admits nothing until it is", q.Namespace, q.Name)
			}
			if !slices.Contains(podCounts(), name) {
				return fmt.Sprintf("quota %s/%s limits %s, too: whether istio-cni and ztunnel fit depends on what they request", q.Namespace, q.Name, name)
			}
		}
	}
	return ""
}

// tell says what the covering quota leaves, as evidence.
func (qs quotas) tell(covering string, need int64) string {
	at := slices.IndexFunc(qs, func(q corev1.ResourceQuota) bool { return q.Name == covering })
	if room, limited := room(qs[at]); limited && counts(qs[at]) {
		return tellRoom(qs[at], room, need)
	}
	return fmt.Sprintf("quota %s/%s is for %s, and does not count these pods", qs[at].Namespace, covering, nodeCritical)
}

func tellRoom(q corev1.ResourceQuota, room, need int64) string {
	return fmt.Sprintf("quota %s/%s leaves room for %d critical pods; %d nodes need %d", q.Namespace, q.Name, room, need/2, need)
}

// counts says whether a quota counts these pods: all of its scopes must match.
func counts(q corev1.ResourceQuota) bool {
	return !slices.ContainsFunc(requirements(q), func(r corev1.ScopedResourceSelectorRequirement) bool { return !matches(r) })
}

// requirements are a quota's scopes in one form; a plain one asks for existence.
func requirements(q corev1.ResourceQuota) (all []corev1.ScopedResourceSelectorRequirement) {
	for _, scope := range q.Spec.Scopes {
		all = append(all, corev1.ScopedResourceSelectorRequirement{ScopeName: scope, Operator: corev1.ScopeSelectorOpExists})
	}
	if q.Spec.ScopeSelector != nil {
		all = append(all, q.Spec.ScopeSelector.MatchExpressions...)
	}
	return all
}

// matches says whether the pods are within a scope, as the API server sees it.
func matches(r corev1.ScopedResourceSelectorRequirement) bool {
	switch r.ScopeName {
	case corev1.ResourceQuotaScopeNotTerminating, corev1.ResourceQuotaScopeNotBestEffort:
		return true
	case corev1.ResourceQuotaScopePriorityClass:
		listed := slices.Contains(r.Values, nodeCritical)
		return r.Operator == corev1.ScopeSelectorOpExists || r.Operator == corev1.ScopeSelectorOpIn && listed ||
			r.Operator == corev1.ScopeSelectorOpNotIn && !listed
	}
	return false
}

// podCounts are the names by which a quota counts pods.
func podCounts() []corev1.ResourceName {
	return []corev1.ResourceName{corev1.ResourcePods, "count/pods"}
}

// room is how many more pods a quota admits, if it counts pods at all.
func room(q corev1.ResourceQuota) (least int64, limited bool) {
	for _, name := range podCounts() {
		hard, ok := q.Spec.Hard[name]
		used := q.Status.Used[name]
		if left := hard.Value() - used.Value(); ok && (!limited || left < least) {
			least, limited = left, true
		}
	}
	return least, limited
}
