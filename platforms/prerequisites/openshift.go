package prerequisites

import (
	"context"
	"errors"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const privilegedRole = "system:openshift:scc:privileged"

var (
	networks       = schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
	operators      = schema.GroupVersionResource{Group: "config.openshift.io", Version: "v1", Resource: "clusteroperators"}
	constraints    = schema.GroupVersionResource{Group: "security.openshift.io", Version: "v1", Resource: "securitycontextconstraints"}
	routingViaHost = []string{"spec", "defaultNetwork", "ovnKubernetesConfig", "gatewayConfig", "routingViaHost"}
)

func accountsOf(namespace string) string { return "system:serviceaccounts:" + namespace }

func judgeNamespaces(ctx context.Context, c *Cluster) (Verdict, error) {
	where, err := c.nodeNamespaces(ctx)
	if err != nil {
		return Verdict{}, err
	}
	for _, namespace := range where {
		if namespace != "kube-system" {
			return missing("istio-cni and ztunnel are in %v", where)
		}
	}
	return met("istio-cni and ztunnel belong in %v", where)
}

// nodeNamespaces are where istio-cni and ztunnel are, or will be.
func (c *Cluster) nodeNamespaces(ctx context.Context) ([]string, error) {
	if !c.Reuse {
		return c.NodeNamespaces, nil
	}
	sets, err := c.client.AppsV1().DaemonSets(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing DaemonSets: %w", err)
	}
	var where []string
	for _, set := range sets.Items {
		if set.Name == "ztunnel" || set.Name == "istio-cni-node" {
			where = append(where, set.Namespace)
		}
	}
	if len(where) == 0 {
		return nil, errors.New("there is neither istio-cni nor ztunnel to reuse")
	}
	slices.Sort(where)
	return slices.Compact(where), nil
}

// judgeSCC looks for the constraint itself, and for a binding that lets our agents use it.
func judgeSCC(ctx context.Context, c *Cluster) (Verdict, error) {
	scc, err := c.dynamic.Resource(constraints).Get(ctx, "privileged", metav1.GetOptions{})
	if err != nil {
		return Verdict{}, fmt.Errorf("reading SecurityContextConstraints privileged: %w", err)
	}
	if allowed, _, _ := unstructured.NestedBool(scc.Object, "allowPrivilegedContainer"); !allowed {
		return missing("SecurityContextConstraints privileged does not allow privileged containers")
	}
	groups, _, _ := unstructured.NestedStringSlice(scc.Object, "groups")
	if slices.Contains(groups, accountsOf(c.AgentNamespace)) {
		return met("SecurityContextConstraints privileged names group %s", accountsOf(c.AgentNamespace))
	}
	bindings, err := c.client.RbacV1().ClusterRoleBindings().List(ctx, metav1.ListOptions{})
	if err != nil {
		return Verdict{}, fmt.Errorf("listing ClusterRoleBindings: %w", err)
	}
	for _, b := range bindings.Items {
		if b.RoleRef.Name == privilegedRole && slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool { return s.Name == accountsOf(c.AgentNamespace) }) {
			return met("ClusterRoleBinding %s lets the accounts of namespace %s use it", b.Name, c.AgentNamespace)
		}
	}
	return missing("nothing lets the accounts of namespace %s use SecurityContextConstraints privileged", c.AgentNamespace)
}

// judgeGateway: in OVN's shared gateway mode, health checks leave the host below its rules and are not recognised.
func judgeGateway(ctx context.Context, c *Cluster) (Verdict, error) {
	network, err := c.dynamic.Resource(networks).Get(ctx, "cluster", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return cannotTell("there is no network.operator.openshift.io cluster")
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("reading network.operator.openshift.io cluster: %w", err)
	}
	kind, _, _ := unstructured.NestedString(network.Object, "spec", "defaultNetwork", "type")
	via, set, _ := unstructured.NestedBool(network.Object, routingViaHost...)
	switch {
	case kind == "":
		return cannotTell("network.operator.openshift.io cluster does not name the default network")
	case kind != "OVNKubernetes":
		return met("the default network is %s, which has no gateway mode", kind)
	case !via:
		return missing("routingViaHost is %s: the gateway mode is shared", map[bool]string{true: "false", false: "not set"}[set])
	}
	progress, err := networkProgress(ctx, c)
	if err != nil {
		return Verdict{}, err
	}
	if progress == "True" {
		return cannotTell("routingViaHost is true, but the network operator is still rolling it out")
	}
	return met("routingViaHost is true")
}

// networkProgress is condition Progressing of the network operator; empty when nothing says.
func networkProgress(ctx context.Context, c *Cluster) (string, error) {
	operator, err := c.dynamic.Resource(operators).Get(ctx, "network", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading clusteroperator network: %w", err)
	}
	status, _ := progressing(operator)
	return status, nil
}
