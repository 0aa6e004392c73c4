package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HTTPFieldsFailClosed allows what only a waypoint could judge, where there is none.
var HTTPFieldsFailClosed = suites.Check{
	Name:    "HTTPFieldsFailClosed",
	Summary: "Without a waypoint, an ALLOW rule with HTTP fields admits nobody, and the rule beside it still admits its own",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		request := probe.To(probe.HTTP, server.IP, fixtures.HTTPPort)
		m.Served(ctx, stranger, request, server)

		m.By("allowing the friend outright and the stranger to GET")
		m.Enforce(ctx, "allow")
		m.Served(ctx, friend, request, server)
		m.Denied(ctx, stranger, request)
	},
	Breaks: []suites.Break{
		{Name: "fails-open", Old: `methods: [GET]`, New: `ports: ["8080"]`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
