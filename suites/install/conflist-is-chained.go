package install

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ConflistIsChained reads on every node the configuration that its runtime takes: of those in its directory, the first
// by name.
var ConflistIsChained = suites.Check{
	Name:    "ConflistIsChained",
	Summary: "On every node the CNI configuration that the runtime takes ends with istio-cni, behind the primary CNI's plugins",
	Spec:    "https://istio.io/latest/docs/setup/additional-setup/cni/",
	Claims:  []string{"app.enrol-namespace"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, node := range m.Nodes() {
			conflists, err := node.Conflists(ctx)
			m.Observed(err)
			plugins, err := conflists.Plugins()
			m.Expect(err).NotTo(HaveOccurred(), "node %s", node.Name)
			m.Show("plugins of "+node.Name, "%v", plugins)
			m.Expect(len(plugins)).To(BeNumerically(">", 1), "node %s: plugins %v", node.Name, plugins)
			m.Expect(plugins[len(plugins)-1]).To(Equal("istio-cni"), "node %s: plugins %v", node.Name, plugins)
		}
	},
	Breaks: []suites.Break{
		{Name: "istio-cni-decommissioned", Alone: true, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.KeepAway(ctx, fixtures.NodeCNI, m.NodeNames[1%len(m.NodeNames)]))
		}},
	},
}
