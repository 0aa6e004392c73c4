package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// StrictRefusesPlaintext turns STRICT on beside clients inside and outside the mesh.
var StrictRefusesPlaintext = suites.Check{
	Name:    "StrictRefusesPlaintext",
	Summary: "Under STRICT, plaintext from outside the mesh never reaches a captured workload, and mesh clients still do",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, outsider, request, server)

		m.By("turning STRICT on")
		m.Apply(ctx, "strict")
		m.Denied(ctx, outsider, request)
		m.Served(ctx, client, request, server)
	},
	Breaks: []suites.Break{
		{Name: "probes-always-served", Instrument: fixtures.ProbesAlwaysServed},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "strict-ignored", Faults: []string{"strict-ignored"}},
	},
}
