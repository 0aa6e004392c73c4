package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PortLevelPermissive makes an exception for one port of a workload that is STRICT.
var PortLevelPermissive = suites.Check{
	Name:    "PortLevelPermissive",
	Summary: "portLevelMtls PERMISSIVE opens its port to plaintext, and the rest of a STRICT workload stays closed",
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
		{Name: "permissive", Old: "mtls: {mode: STRICT}", New: "mtls: {mode: PERMISSIVE}"},
		{Name: "no-exception", Old: "8080: {mode: PERMISSIVE}", New: "8080: {mode: STRICT}"},
	},
}
