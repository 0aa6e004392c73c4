package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// WorkloadOverridesNamespace sets a namespace STRICT and one workload in it PERMISSIVE.
var WorkloadOverridesNamespace = suites.Check{
	Name:    "WorkloadOverridesNamespace",
	Summary: "A workload's own PeerAuthentication takes precedence over its namespace's",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		neighbour := m.Workload("neighbour")
		m.Denied(ctx, outsider, probe.To(probe.TCP, server.IP, fixtures.TCPPort))
		m.Served(ctx, outsider, probe.To(probe.TCP, neighbour.IP, fixtures.TCPPort), neighbour)
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "no-exception", Old: "mode: PERMISSIVE", New: "mode: STRICT"},
	},
}
