package lifecycle

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UninstallLeavesNoResidue takes a namespace out of the mesh and then removes the mesh, in the order that the
// documentation gives.
var UninstallLeavesNoResidue = suites.Check{
	Name:    "UninstallLeavesNoResidue",
	Summary: "Removing ambient mode leaves nodes and API server as they were: old pods talk on in the clear, new ones start",
	Spec:    "https://istio.io/latest/docs/ambient/install/helm/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Install}, // never of a mesh that is somebody else's
	Alone:   true,
	First:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		m.Served(ctx, client, requestTo(server), server)
		m.Expect(onNodes(ctx, m)).NotTo(BeEmpty(), "what there is to be removed cannot be seen")
		removeMesh(ctx, m)
		m.By("looking for residue")
		m.Eventually(onNodes).WithContext(ctx).WithArguments(m).Should(BeEmpty())
		m.Eventually(inAPIServer).WithContext(ctx).WithArguments(m).Should(BeEmpty())
		m.Served(ctx, client, requestTo(server), server)
		m.Apply(ctx, "newborn")
		m.Served(ctx, m.Workload("newborn"), requestTo(server), server)
	},
	Breaks: []suites.Break{
		{Name: "webhook-left", Do: leaveWebhook},
	},
}

// removeMesh takes the check's namespace out of the mesh, and then the mesh out of the cluster.
func removeMesh(ctx context.Context, m *fixtures.Mesh) {
	m.LabelNamespace(ctx, fixtures.DataplaneLabel, "")
	m.By("removing the mesh")
	steps, err := mesh.Uninstall(ctx, m.Kube.REST, mesh.Removal{Owner: m.Run}, nil)
	for _, step := range steps {
		m.Show("removal", "%s took %.1f s", step.Name, step.Took.Seconds())
	}
	m.Removed = len(steps) > 1 // beyond the wait for pods to leave
	m.Expect(err).NotTo(HaveOccurred())
}

// onNodes lists what of the mesh is on the nodes: conflist entries, rules, address sets.
func onNodes(ctx context.Context, m *fixtures.Mesh) (found []string, err error) {
	for _, node := range m.Nodes() {
		conflists, err := node.Conflists(ctx)
		if err != nil {
			return nil, err
		}
		for name, content := range conflists.Files {
			if strings.Contains(content, "istio-cni") {
				found = append(found, fmt.Sprintf("istio-cni in %s of %s", name, node.Name))
			}
		}
		host, err := node.Host(ctx)
		if err != nil {
			return nil, err
		}
		for _, chain := range host.Chains {
			if strings.Contains(chain, "ISTIO_") { // kube-proxy names chains after services, of Istio as of others
				found = append(found, fmt.Sprintf("chain %s of %s", chain, node.Name))
			}
		}
		set, err := node.ProbeSet(ctx)
		if err != nil {
			return nil, err
		}
		if len(set.Entries) > 0 {
			found = append(found, fmt.Sprintf("%d addresses in the probe set of %s", len(set.Entries), node.Name))
		}
	}
	return found, nil
}

// inAPIServer lists what of the mesh the API server still has: what would intercept requests, and its workloads.
func inAPIServer(ctx context.Context, m *fixtures.Mesh) (found []string, err error) {
	all := metav1.ListOptions{}
	admission := m.Kube.Clientset.AdmissionregistrationV1()
	validating, err := admission.ValidatingWebhookConfigurations().List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("listing webhooks: %w", err)
	}
	mutating, err := admission.MutatingWebhookConfigurations().List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("listing webhooks: %w", err)
	}
	for _, webhook := range validating.Items {
		found = append(found, ofIstio("validating webhook", webhook.ObjectMeta)...)
	}
	for _, webhook := range mutating.Items {
		found = append(found, ofIstio("mutating webhook", webhook.ObjectMeta)...)
	}
	for _, part := range []fixtures.Part{fixtures.Istiod, fixtures.NodeCNI, fixtures.Ztunnel} {
		pods, err := m.Kube.PartPods(ctx, part, "")
		if err != nil {
			return nil, err
		}
		for _, pod := range pods {
			found = append(found, "pod "+pod.Name)
		}
	}
	return found, nil
}

func ofIstio(kind string, meta metav1.ObjectMeta) []string {
	if strings.Contains(meta.Name, "istio") {
		return []string{kind + " " + meta.Name}
	}
	return nil
}
