package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AllowByNamespace admits one namespace; the other one has a name that begins the same.
var AllowByNamespace = suites.Check{
	Name:    "AllowByNamespace",
	Summary: "An ALLOW policy by namespace admits clients of that namespace, and none of another",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, stranger, request, server)

		m.By("allowing the server's own namespace")
		m.Enforce(ctx, "allow")
		m.Served(ctx, friend, request, server)
		m.Denied(ctx, stranger, request)
	},
	Breaks: []suites.Break{
		{Name: "prefix-allowed", Old: `namespaces: [NAMESPACE]`, New: `namespaces: [NAMESPACE*]`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
