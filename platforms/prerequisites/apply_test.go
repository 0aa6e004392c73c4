package prerequisites

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures/apiserver"
)

// applied applies, checks that the prerequisite is met then, reverts, and checks that all is as it was.
func applied(t *testing.T, c *Cluster, name string, meanwhile func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := Apply(ctx, c, t.Logf); err != nil {
		t.Fatal(err)
	}
	if f := named(t, Judge(ctx, c), name); f.Standing != Met {
		t.Errorf("applied, but %s: %s", f.Standing, f.Evidence)
	}
	meanwhile()
	done, err := Revert(ctx, c, t.Logf)
	if err != nil || len(done) != 1 || done[0] != name {
		t.Errorf("reverting did %v: %v", done, err)
	}
	if f := named(t, Judge(ctx, c), name); f.Standing != Missing {
		t.Errorf("reverted, but %s: %s", f.Standing, f.Evidence)
	}
	if _, err := c.client.CoreV1().ConfigMaps(recordNamespace).Get(ctx, recordName, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the record is still there: %v", err)
	}
}

func TestApplyEKS(t *testing.T) {
	server := apiserver.Start(t)
	server.Controllers(t, "daemonset-controller")
	w := newWorld(t, server.REST)
	w.define(t, definition(groupPolicies, "SecurityGroupPolicy", "Namespaced"))
	w.create(t, twoNodes+"---\n"+awsNodeWith(podENI+","+strict, "")+"---\n"+groupPolicy)
	w.readyPods(t)
	c, err := Open(server.REST, "eks", newIntent())
	if err != nil {
		t.Fatal(err)
	}
	applied(t, c, "eks-security-group-mode", func() {})
	set, err := c.client.AppsV1().DaemonSets("kube-system").Get(t.Context(), awsNode, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if mode := variable(set.Spec.Template.Spec.Containers, awsNode, enforcingMode); mode.value != "strict" {
		t.Errorf("after reverting the mode is %s, want strict as before", mode)
	}
}

// criticalOnlyWithQuota is the admission that GKE has.
const criticalOnlyWithQuota = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: ResourceQuota
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ResourceQuotaConfiguration
    limitedResources:
    - resource: pods
      matchScopes: [{scopeName: PriorityClass, operator: In, values: [system-node-critical]}]
`

func TestApplyGKE(t *testing.T) {
	admission := filepath.Join(t.TempDir(), "admission.yaml")
	if err := os.WriteFile(admission, []byte(criticalOnlyWithQuota), 0o600); err != nil {
		t.Fatal(err)
	}
	server := apiserver.Start(t, "--admission-control-config-file", admission)
	server.Controllers(t, "resourcequota-controller")
	w := newWorld(t, server.REST)
	w.create(t, twoNodes+"---\n"+istioNamespace)
	c, err := Open(server.REST, "gke", with(func(i *Intent) { i.Minor = 25 }))
	if err != nil {
		t.Fatal(err)
	}
	critical := func() error {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "critical-", Namespace: "istio-system"}}
		pod.Spec = corev1.PodSpec{PriorityClassName: nodeCritical, Containers: []corev1.Container{{Name: "c", Image: "i"}}}
		_, err := c.client.CoreV1().Pods("istio-system").Create(t.Context(), pod, metav1.CreateOptions{})
		return err
	}
	if err := critical(); err == nil || !strings.Contains(err.Error(), "insufficient quota to match these scopes") {
		t.Errorf("without a quota a critical pod is answered with %v", err)
	}
	applied(t, c, "gke-critical-pods-quota", func() {
		if err := critical(); err != nil {
			t.Errorf("with the quota a critical pod is refused: %v", err)
		}
	})
	if err := critical(); err == nil {
		t.Error("after reverting a critical pod is still admitted")
	}
}

func TestApplyOpenShift(t *testing.T) {
	server := apiserver.Start(t)
	w := newWorld(t, server.REST)
	w.define(t, definition(networks, "Network", "Cluster"), definition(operators, "ClusterOperator", "Cluster"),
		definition(constraints, "SecurityContextConstraints", "Cluster"))
	c, err := Open(server.REST, "openshift", with(func(i *Intent) { i.NodeNamespaces = []string{"kube-system"} }))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("binding", func(t *testing.T) {
		w.create(t, sccWith("true", ""))
		applied(t, c, "openshift-privileged-scc", func() {})
	})
	t.Run("gateway", func(t *testing.T) {
		operator := strings.Replace(operatorIs("False"), "2026-01-01T00:00:00Z", time.Now().Add(time.Hour).UTC().Format(time.RFC3339), 1)
		w.create(t, networkWith("OVNKubernetes", "")+"---\n"+operator)
		applied(t, c, "openshift-ovn-gateway", func() {})
	})
	t.Run("changed by somebody else", func(t *testing.T) {
		w.create(t, networkWith("OVNKubernetes", ", gatewayConfig: {routingViaHost: false}"))
		f := field{networks, "cluster", routingViaHost, true, networkOperator}
		if err := f.undo(t.Context(), c, []byte("null")); err == nil || !strings.Contains(err.Error(), "somebody else") {
			t.Errorf("a field that is neither what was there nor what was set is answered with %v", err)
		}
	})
}
