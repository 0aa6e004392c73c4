package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AllowByIPBlock admits one pod by its address, from another node: HBONE must not hide it behind ztunnel.
var AllowByIPBlock = suites.Check{
	Name:    "AllowByIPBlock",
	Summary: "An ALLOW policy by address judges the client's own pod address, through HBONE and in plaintext alike",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, outsider, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("outsider"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, stranger, request, server)

		m.By("allowing the addresses of the friend and of a pod outside the mesh")
		m.Enforce(ctx, "allow")
		m.Served(ctx, friend, request, server)
		m.Served(ctx, outsider, request, server)
		m.Denied(ctx, stranger, request)
	},
	Breaks: []suites.Break{
		{Name: "another-address", Old: `ip of friend`, New: `ip of stranger`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
