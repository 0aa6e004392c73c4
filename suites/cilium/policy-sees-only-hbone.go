package cilium

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicySeesOnlyHBONE puts one server behind a policy that admits the port of HBONE, another behind one that admits the port
// of the application.
var PolicySeesOnlyHBONE = suites.Check{
	Name:    "PolicySeesOnlyHBONE",
	Summary: "Between captured pods a NetworkPolicy sees port 15008 only: it admits every port with it, and none without",
	Spec:    networkPolicy,
	Claims:  []string{"app.unmodified", "overlay.mtls"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, outsider, server, twin := m.Workload("client"), m.Workload("outsider"), m.Workload("server"), m.Workload("twin")
		m.Served(ctx, client, probe.To(probe.HTTP, server.IP, fixtures.HTTPPort), server)
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		m.Denied(ctx, outsider, probe.To(probe.HTTP, server.IP, fixtures.HTTPPort))

		m.Denied(ctx, client, probe.To(probe.HTTP, twin.IP, fixtures.HTTPPort))
		m.Served(ctx, outsider, probe.To(probe.HTTP, twin.IP, fixtures.HTTPPort), twin)
	},
	Breaks: []suites.Break{
		{Name: "hbone-not-admitted", Old: "port: 15008", New: "port: 15009"},
	},
}
