package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DenyOfHTTPOnlyKeepsItsScope denies HTTP attributes at layer 4. What istiod sends of an operation is its ports; an operation
// without any matches nothing at ztunnel (istio#61126).
var DenyOfHTTPOnlyKeepsItsScope = suites.Check{
	Name:    "DenyOfHTTPOnlyKeepsItsScope",
	Summary: "Without a waypoint, a DENY with HTTP fields denies its ports whatever the request, and nothing where it names no port",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server, bystander := m.Workload("friend"), m.Workload("server"), m.Workload("bystander")
		web, plain := probe.To(probe.HTTP, server.IP, fixtures.HTTPPort), probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		elsewhere := probe.To(probe.HTTP, bystander.IP, fixtures.HTTPPort)
		m.By("denying POST on one port of the server, and GET altogether at the bystander")
		m.Enforce(ctx, "deny")
		m.Denied(ctx, friend, web)
		m.Served(ctx, friend, plain, server)
		m.Served(ctx, friend, elsewhere, bystander)
		m.StaysServed(ctx, friend, elsewhere, bystander)
	},
	Breaks: []suites.Break{
		{Name: "wider-than-its-port", Old: `methods: [POST], ports: ["8080"]`, New: `ports: ["8080", "9090"]`},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
