package attach

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// Work is what a run is going to do, as far as it needs permissions.
type Work struct {
	Examine bool   // deploy agents and workloads, and observe; else only look
	Install bool   // install Istio
	Apply   string // platform whose prerequisites are applied; empty: none
}

func rule(group, resources, verbs string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: strings.Fields(resources), Verbs: strings.Fields(verbs)}
}

const (
	look  = "get list watch"
	write = look + " create update patch delete"
)

// Rules lists everything that a piece of work needs, and nothing else.
func Rules(w Work) []rbacv1.PolicyRule {
	rules := []rbacv1.PolicyRule{
		rule("", "nodes namespaces pods resourcequotas configmaps", look),
		rule("apps", "daemonsets deployments", look),
		rule("rbac.authorization.k8s.io", "clusterrolebindings", look),
		rule("apiextensions.k8s.io", "customresourcedefinitions", look),
		rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations validatingwebhookconfigurations", look),
		rule("vpcresources.k8s.aws", "securitygrouppolicies", look),
		rule("operator.openshift.io", "networks", look),
		rule("config.openshift.io", "clusteroperators", look),
		rule("security.openshift.io", "securitycontextconstraints", look),
		rule("", "secrets", look), // Helm's records of an installed Istio
	}
	if w.Examine {
		rules = append(rules,
			rule("", "namespaces pods services serviceaccounts", write),
			rule("", "pods/log events endpoints", look),
			rule("", "pods/portforward pods/exec", "get create"),
			rule("", "pods/proxy", "get"),
			rule("discovery.k8s.io", "endpointslices", look),
			rule("apps", "daemonsets deployments", write),
			rule("networking.k8s.io", "networkpolicies", write),
			rule("security.istio.io", "authorizationpolicies peerauthentications", write),
		)
	}
	if w.Install {
		rules = append(rules,
			rule("", "configmaps secrets services serviceaccounts namespaces resourcequotas", write),
			rule("apps", "deployments daemonsets", write),
			rule("policy", "poddisruptionbudgets", write),
			rule("autoscaling", "horizontalpodautoscalers", write),
			rule("coordination.k8s.io", "leases", write),
			rule("networking.k8s.io", "networkpolicies", write),
			rule("apiextensions.k8s.io", "customresourcedefinitions", write),
			rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations validatingwebhookconfigurations "+
				"validatingadmissionpolicies validatingadmissionpolicybindings", write),
			rule("gateway.networking.k8s.io", "gatewayclasses", write),
			rule("k8s.cni.cncf.io", "network-attachment-definitions", write),
			rule("extensions.istio.io", "*", look), rule("networking.istio.io", "*", look),
			rule("security.istio.io", "*", look), rule("telemetry.istio.io", "*", look),
			// The charts grant istiod and istio-cni more than this account has.
			rule("rbac.authorization.k8s.io", "clusterroles roles", write+" escalate bind"),
			rule("rbac.authorization.k8s.io", "clusterrolebindings rolebindings", write),
		)
	}
	if w.Apply != "" {
		rules = append(rules, rule("", "configmaps", write))
	}
	return append(rules, changes()[w.Apply]...)
}

// changes are what applying the prerequisites of a platform needs.
func changes() map[string][]rbacv1.PolicyRule {
	return map[string][]rbacv1.PolicyRule{
		"eks": {rule("apps", "daemonsets", "get update")},
		"gke": {rule("", "resourcequotas namespaces", "get create delete")},
		"openshift": {
			rule("operator.openshift.io", "networks", "get update"),
			rule("rbac.authorization.k8s.io", "clusterrolebindings", "get create delete"),
			rule("rbac.authorization.k8s.io", "clusterroles", "bind"),
		},
	}
}

// accountNamespace is outside of what a run makes and deletes.
const accountNamespace = "ambient-conformance-access"

// Manifest is a service account with just these rules, as YAML documents to apply.
func Manifest(w Work) (string, error) {
	const name = "ambient-conformance-runner"
	account := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Name: "runner", Namespace: accountNamespace}
	metadata := map[string]any{"name": name}
	documents := []any{
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": accountNamespace}},
		map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": account.Name, "namespace": account.Namespace}},
		map[string]any{"apiVersion": rbacv1.SchemeGroupVersion.String(), "kind": "ClusterRole", "metadata": metadata, "rules": Rules(w)},
		map[string]any{
			"apiVersion": rbacv1.SchemeGroupVersion.String(), "kind": "ClusterRoleBinding", "metadata": metadata,
			"roleRef":  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
			"subjects": []rbacv1.Subject{account},
		},
	}
	var texts []string
	for _, d := range documents {
		text, err := yaml.Marshal(d)
		if err != nil {
			return "", fmt.Errorf("writing the manifest of permissions: %w", err)
		}
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "---\n"), nil
}

// Lacking asks the API server which of the permissions these credentials do not have, "create namespaces", sorted.
// Kinds that this cluster does not serve are left out by the caller's choice of work, and asked about all the same: a
// permission for a kind may be given before the kind is.
func Lacking(ctx context.Context, config *rest.Config, w Work) ([]string, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // some hundred small questions, asked side by side
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var lacking []string
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(32)
	for _, question := range questions(Rules(w)) {
		group.Go(func() error {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &question}}
			answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
			if err != nil {
				return fmt.Errorf("asking for permissions: %w", err)
			}
			if !answer.Status.Allowed {
				mu.Lock()
				defer mu.Unlock()
				lacking = append(lacking, describe(question))
			}
			return nil
		})
	}
	err = group.Wait()
	slices.Sort(lacking)
	return slices.Compact(lacking), err
}

func describe(q authorizationv1.ResourceAttributes) string {
	resource := q.Resource
	if q.Subresource != "" {
		resource += "/" + q.Subresource
	}
	if q.Group != "" {
		resource += "." + q.Group
	}
	return q.Verb + " " + resource
}

// questions are the single permissions of rules.
func questions(rules []rbacv1.PolicyRule) []authorizationv1.ResourceAttributes {
	asked := map[authorizationv1.ResourceAttributes]bool{}
	var all []authorizationv1.ResourceAttributes
	for _, r := range rules {
		for _, resource := range r.Resources {
			name, sub, _ := strings.Cut(resource, "/")
			for _, verb := range r.Verbs {
				q := authorizationv1.ResourceAttributes{Group: r.APIGroups[0], Resource: name, Subresource: sub, Verb: verb}
				if !asked[q] {
					asked[q] = true
					all = append(all, q)
				}
			}
		}
	}
	return all
}
