package install

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CNIDirectoriesAgree holds the host paths that istio-cni was given on each node against those that the node's containerd
// says it reads. Platforms move them, and Istio's settings for a platform can be out of date.
var CNIDirectoriesAgree = suites.Check{
	Name:    "CNIDirectoriesAgree",
	Summary: "On every node istio-cni works in the very directories in which the container runtime looks for CNI",
	Spec:    "https://istio.io/latest/docs/ambient/install/platform-prerequisites/",
	Claims:  []string{"app.enrol-namespace"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Containerd},
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, node := range m.Nodes() {
			asked, err := node.Directories(ctx)
			m.Observed(err)
			runtime, err := node.Resolve(ctx, asked)
			m.Observed(err)
			m.Show("directories of "+node.Name, "the runtime reads %s, which are %s", asked, runtime)
			pods, err := m.Kube.PartPods(ctx, fixtures.NodeCNI, node.Name)
			m.Observed(err)
			m.Expect(pods).NotTo(BeEmpty(), "no istio-cni on node %s", node.Name)
			for _, pod := range pods {
				given := cause.Given(pod.Spec)
				m.Show("directories of "+pod.Name, "%s", given)
				m.Expect(given).NotTo(BeZero(), "%s/%s has no directory of the node", pod.Namespace, pod.Name)
				mesh, err := node.Resolve(ctx, given)
				m.Observed(err)
				m.Expect(cause.Differences(mesh, runtime)).To(BeEmpty(), "%s/%s on node %s", pod.Namespace, pod.Name, node.Name)
			}
		}
	},
	Breaks: []suites.Break{
		{Name: "one-looks-elsewhere", Alone: true, Old: "{app: witness}}\nspec:", New: "{k8s-app: istio-cni-node}}\nspec:\n" +
			"  volumes: [{name: cni-net-dir, hostPath: {path: /var/lib/elsewhere/net.d}}]"},
		{Name: "one-has-none", Alone: true, Old: "{app: witness}", New: "{k8s-app: istio-cni-node}"},
	},
}
