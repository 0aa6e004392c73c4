package cilium

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MinimalEgressSuffices lets a captured pod out to the resolver and to HBONE, and nowhere else: istiod is ztunnel's affair.
var MinimalEgressSuffices = suites.Check{
	Name:    "MinimalEgressSuffices",
	Summary: "A captured pod that may only resolve names and open HBONE reaches its peers by Service and by address",
	Spec:    networkPolicy,
	Claims:  []string{"app.unmodified", "overlay.mtls"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		m.Served(ctx, client, probe.To(probe.TCP, "server."+m.Scene, fixtures.TCPPort), server)
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
	},
	Breaks: []suites.Break{
		{Name: "no-hbone", Old: "port: 15008", New: "port: 15009"},
	},
}
