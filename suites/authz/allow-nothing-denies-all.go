package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AllowNothingDeniesAll applies the policy that says nothing, which is the recommended default to start from.
var AllowNothingDeniesAll = suites.Check{
	Name:    "AllowNothingDeniesAll",
	Summary: "An ALLOW policy without rules denies everybody, inside and outside the mesh, and only at the workload it selects",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, outsider, server, bystander := m.Workload("friend"), m.Workload("outsider"), m.Workload("server"), m.Workload("bystander")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, friend, request, server)
		m.Served(ctx, outsider, request, server)

		m.By("allowing nothing at the server")
		m.Enforce(ctx, "nothing")
		m.Denied(ctx, friend, request)
		m.Denied(ctx, outsider, request)
		m.Served(ctx, friend, probe.To(probe.TCP, bystander.IP, fixtures.TCPPort), bystander)
	},
	Breaks: []suites.Break{
		{Name: "rules-allow-all", Old: `action: ALLOW`, New: `rules: [{}]`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
