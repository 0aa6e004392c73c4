package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AllowByPrincipal admits one service account and looks who else gets in.
var AllowByPrincipal = suites.Check{
	Name:    "AllowByPrincipal",
	Summary: "An ALLOW policy by principal admits that identity, and neither another one nor a client without any",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, outsider, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("outsider"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, friend, request, server)
		m.Served(ctx, stranger, request, server)

		m.By("allowing the friend")
		m.Apply(ctx, "allow")
		m.Denied(ctx, stranger, request)
		m.Denied(ctx, outsider, request)
		m.Served(ctx, friend, request, server)
	},
	Breaks: []suites.Break{
		{Name: "probes-always-served", Instrument: fixtures.ProbesAlwaysServed},
		{Name: "everybody-allowed", Old: "sa/friend", New: "sa/*"},
		{Name: "another-allowed", Old: "sa/friend", New: "sa/nobody", Cause: cause.AuthorizationMiss},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
