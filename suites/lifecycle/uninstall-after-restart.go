package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UninstallAfterRestart restarts istio-cni before the mesh is removed. A restarted istio-cni may choose the other iptables
// (legacy or nft) than the one before it, and then takes back only its own rules: docs/findings.md.
var UninstallAfterRestart = suites.Check{
	Name:    "UninstallAfterRestart",
	Summary: "How many rules and address sets stay on nodes when istio-cni was restarted before ambient mode is removed",
	Spec:    "https://istio.io/latest/docs/ambient/install/helm/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Measured,
	Needs:   []suites.Feature{suites.Install},
	Alone:   true,
	Last:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		before, err := onNodes(ctx, m)
		m.Observed(err)
		m.Expect(before).NotTo(BeEmpty(), "what there is to be removed cannot be seen")
		m.RestartOn(ctx, fixtures.NodeCNI, "")
		removeMesh(ctx, m)
		m.Eventually(inAPIServer).WithContext(ctx).WithArguments(m).Should(BeEmpty())
		left, err := onNodes(ctx, m)
		m.Observed(err)
		m.Show("left on nodes", "%v", left)
		m.Measure("left on nodes", float64(len(left)), "")
	},
	Breaks: []suites.Break{
		{Name: "pod-stays-in-the-mesh", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: ambient}"},
	},
}
