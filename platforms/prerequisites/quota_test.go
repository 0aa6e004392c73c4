package prerequisites

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures/apiserver"
)

// TestQuotaVerdictsAreTheAPIServers creates a critical pod under each quota, where the admission is that of GKE: what is
// judged as met must be admitted, and what is judged as missing must not.
func TestQuotaVerdictsAreTheAPIServers(t *testing.T) {
	admission := filepath.Join(t.TempDir(), "admission.yaml")
	if err := os.WriteFile(admission, []byte(criticalOnlyWithQuota), 0o600); err != nil {
		t.Fatal(err)
	}
	server := apiserver.Start(t, "--admission-control-config-file", admission)
	server.Controllers(t, "resourcequota-controller")
	w := newWorld(t, server.REST)
	w.create(t, strings.Split(twoNodes, "---")[0]) // one node needs two pods
	one := resource.MustParse("1")
	scope := func(name corev1.ResourceQuotaScope, operator corev1.ScopeSelectorOperator, values ...string) corev1.ScopedResourceSelectorRequirement {
		return corev1.ScopedResourceSelectorRequirement{ScopeName: name, Operator: operator, Values: values}
	}
	const class = corev1.ResourceQuotaScopePriorityClass
	selected := func(pods string, expressions ...corev1.ScopedResourceSelectorRequirement) corev1.ResourceQuotaSpec {
		return corev1.ResourceQuotaSpec{
			Hard:          corev1.ResourceList{corev1.ResourcePods: resource.MustParse(pods)},
			ScopeSelector: &corev1.ScopeSelector{MatchExpressions: expressions},
		}
	}
	for _, row := range []struct {
		name   string
		quotas []corev1.ResourceQuotaSpec
		want   Standing
	}{
		{"none", nil, Missing},
		{"In", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpIn, "x", nodeCritical))}, Met},
		{"In another", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpIn, "x"))}, Missing},
		{"Exists", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpExists))}, Met},
		{"DoesNotExist", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpDoesNotExist))}, Missing},
		{"NotIn another", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpNotIn, "x"))}, Met},
		{"NotIn", []corev1.ResourceQuotaSpec{selected("9", scope(class, corev1.ScopeSelectorOpNotIn, "x", nodeCritical))}, Missing},
		{"plain scope", []corev1.ResourceQuotaSpec{{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("9")}, Scopes: []corev1.ResourceQuotaScope{class},
		}}, Met},
		{"plain scope and one that does not match", []corev1.ResourceQuotaSpec{{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}, Scopes: []corev1.ResourceQuotaScope{class, corev1.ResourceQuotaScopeTerminating},
		}}, Met},
		{"plain scopes that match", []corev1.ResourceQuotaSpec{{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}, Scopes: []corev1.ResourceQuotaScope{class, corev1.ResourceQuotaScopeNotTerminating},
		}}, Missing},
		{"no scope at all", []corev1.ResourceQuotaSpec{{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("9")}}}, Missing},
		{"In, without room", []corev1.ResourceQuotaSpec{selected("0", scope(class, corev1.ScopeSelectorOpIn, nodeCritical))}, Missing},
		{"In, and another without room", []corev1.ResourceQuotaSpec{
			selected("9", scope(class, corev1.ScopeSelectorOpIn, nodeCritical)), {Hard: corev1.ResourceList{"count/pods": resource.MustParse("0")}},
		}, Missing},
		{"In, on claims only", []corev1.ResourceQuotaSpec{{
			Hard:          corev1.ResourceList{corev1.ResourceRequestsCPU: one},
			ScopeSelector: &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{scope(class, corev1.ScopeSelectorOpIn, nodeCritical)}},
		}}, CannotTell},
	} {
		t.Run(row.name, func(t *testing.T) {
			namespace := strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(row.name))
			w.prepareQuotas(t, namespace, row.quotas)
			c, err := Open(server.REST, "gke", with(func(i *Intent) { i.Minor, i.NodeNamespaces = 25, []string{namespace} }))
			if err != nil {
				t.Fatal(err)
			}
			f := named(t, Judge(t.Context(), c), "gke-critical-pods-quota")
			if f.Standing != row.want {
				t.Errorf("judged %q (%s), want %q", f.Standing, f.Evidence, row.want)
			}
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "critical", Namespace: namespace}}
			pod.Spec.PriorityClassName = nodeCritical
			pod.Spec.Containers = []corev1.Container{{Name: "c", Image: "i", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")},
			}}}
			_, err = w.client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
			t.Logf("judged %s: %s; the API server: %v", f.Standing, f.Evidence, err)
			if f.Standing == Met && err != nil || f.Standing == Missing && err == nil {
				t.Errorf("judged %q (%s), but the API server answers %v", f.Standing, f.Evidence, err)
			}
		})
	}
}

// prepareQuotas makes a namespace with quotas and waits until they are counted.
func (w *world) prepareQuotas(t *testing.T, namespace string, quotas []corev1.ResourceQuotaSpec) {
	t.Helper()
	w.createObject(t, parse(t, strings.Replace(istioNamespace, "istio-system", namespace, 1)))
	for i, spec := range quotas {
		q := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "q" + string(rune('0'+i)), Namespace: namespace}, Spec: spec}
		if _, err := w.client.CoreV1().ResourceQuotas(namespace).Create(t.Context(), q, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	err := poll(t.Context(), func(ctx context.Context) (string, error) {
		list, err := w.client.CoreV1().ResourceQuotas(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return "", err
		}
		for _, q := range list.Items {
			if len(q.Status.Hard) == 0 {
				return q.Name + " is not counted", nil
			}
		}
		return "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
