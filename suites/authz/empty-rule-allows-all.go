package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EmptyRuleAllowsAll opens a workload that a policy without rules has closed, with a rule that asks for nothing.
var EmptyRuleAllowsAll = suites.Check{
	Name:    "EmptyRuleAllowsAll",
	Summary: "An ALLOW policy with one empty rule admits everybody, even where another ALLOW policy admits nobody",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, outsider, server := m.Workload("friend"), m.Workload("outsider"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("allowing nothing")
		m.Enforce(ctx, "nothing")
		m.Denied(ctx, friend, request)

		m.By("allowing everything beside it")
		m.Enforce(ctx, "all")
		m.Served(ctx, friend, request, server)
		m.Served(ctx, outsider, request, server)
	},
	Breaks: []suites.Break{
		{Name: "rule-missing", Old: `rules: [{}]`, New: `rules: []`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
