package traffic

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// NotReadyPodsGetNoTraffic makes one of two backends not ready, while it goes on to answer whoever calls it.
var NotReadyPodsGetNoTraffic = suites.Check{
	Name:    "NotReadyPodsGetNoTraffic",
	Summary: "A captured client no longer reaches a pod through its Service once it is not ready, and reaches it again afterwards",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		request := probe.To(probe.HTTP, m.ClusterIP(ctx, "backends"), 80)
		spread(ctx, m, "client", request, "steady", "ailing")
		ailing := m.Workload("ailing")
		m.Observed(ailing.Agent.SetHealth(ctx, false))
		m.Expect(m.Await(ctx, fixtures.NotReady, "ailing")).To(Succeed())
		m.Served(ctx, m.Workload("client"), probe.To(probe.HTTP, ailing.IP, fixtures.HTTPPort), ailing)
		spread(ctx, m, "client", request, "steady")
		m.Observed(ailing.Agent.SetHealth(ctx, true))
		spread(ctx, m, "client", request, "steady", "ailing")
	},
	Breaks: []suites.Break{
		{Name: "not-ready-published", Old: "publishNotReadyAddresses: false", New: "publishNotReadyAddresses: true"},
	},
}
