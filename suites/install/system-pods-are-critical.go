package install

import (
	"context"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SystemPodsAreCritical looks at what would be evicted first, or missing on a node.
var SystemPodsAreCritical = suites.Check{
	Name:    "SystemPodsAreCritical",
	Summary: "istio-cni and ztunnel run on every node with the priority of pods that a node cannot do without",
	Spec:    "https://istio.io/latest/docs/ambient/install/platform-prerequisites/",
	Claims:  []string{"deploy.safe-install"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, part := range []fixtures.Part{fixtures.NodeCNI, fixtures.Ztunnel} {
			pods, err := m.Kube.PartPods(ctx, part, "")
			m.Observed(err)
			m.Expect(nodesOf(pods)).To(ConsistOf(m.NodeNames), "the nodes of %s", part.Name)
			for _, pod := range pods {
				m.Expect(pod.Spec.PriorityClassName).To(Equal("system-node-critical"), "%s/%s", pod.Namespace, pod.Name)
			}
		}
	},
	Breaks: []suites.Break{
		{Name: "one-is-not-critical", Alone: true, Old: "{app: witness}", New: "{app: ztunnel}"},
	},
}

func nodesOf(pods []corev1.Pod) (names []string) {
	for _, pod := range pods {
		names = append(names, pod.Spec.NodeName)
	}
	return names
}
