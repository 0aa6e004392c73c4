package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PortLevelStrict makes one port stricter than the workload.
var PortLevelStrict = suites.Check{
	Name:    "PortLevelStrict",
	Summary: "portLevelMtls STRICT refuses plaintext on its port, and the workload's other ports still take it",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		m.Denied(ctx, outsider, probe.To(probe.TCP, server.IP, fixtures.TCPPort))
		m.Served(ctx, outsider, probe.To(probe.HTTP, server.IP, fixtures.HTTPPort), server)
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "strict-everywhere", Old: "mode: PERMISSIVE", New: "mode: STRICT"},
	},
}
