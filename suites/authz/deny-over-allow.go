package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DenyOverAllow lets an ALLOW and a DENY policy speak about the same client.
var DenyOverAllow = suites.Check{
	Name:    "DenyOverAllow",
	Summary: "A DENY policy wins over an ALLOW policy, and denies no more than it says",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("allowing both")
		m.Apply(ctx, "allow")
		m.Served(ctx, friend, request, server)
		m.Served(ctx, stranger, request, server)

		m.By("denying one of them")
		m.Apply(ctx, "deny")
		m.Denied(ctx, stranger, request)
		m.Served(ctx, friend, request, server)
	},
	Breaks: []suites.Break{
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
		{Name: "everybody-denied", Old: "sa/stranger", New: "sa/*", Cause: cause.AuthorizationDeny},
		{Name: "nobody-denied", Old: "sa/stranger", New: "sa/nobody"},
	},
}
