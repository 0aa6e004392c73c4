package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicyHoldsAcrossZtunnelRestart restarts the ztunnel that enforces a DENY while the denied client keeps trying.
var PolicyHoldsAcrossZtunnelRestart = suites.Check{
	Name:    "PolicyHoldsAcrossZtunnelRestart",
	Summary: "A DENY policy is enforced from the first connection after a ztunnel restart on",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/data-plane/",
	Claims:  []string{"overlay.l4-authz"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		m.Served(ctx, friend, requestTo(server), server)
		m.Denied(ctx, stranger, requestTo(server))
		m.Observed(stranger.Stream(ctx, "denied", probe.Stream{Probe: hasty(server)}))
		m.RestartOn(ctx, fixtures.Ztunnel, server.Node)
		m.Served(ctx, friend, requestTo(server), server)
		m.Denied(ctx, stranger, requestTo(server))

		flow, err := stranger.StopStream(ctx, "denied")
		m.Observed(err)
		m.MeasureFlow("denied client", flow)
		m.Expect(flow.Requests).To(BeNumerically(">", 20), "too few attempts to tell")
		m.Expect(flow.Servers).To(BeEmpty(), "the denied client was served around the restart")
	},
	Breaks: []suites.Break{
		{Name: "nobody-denied", Old: "sa/stranger", New: "sa/nobody"},
	},
}
