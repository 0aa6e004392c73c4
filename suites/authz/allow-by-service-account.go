package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AllowByServiceAccount admits a service account by its short name, which means the one in the namespace of the policy.
var AllowByServiceAccount = suites.Check{
	Name:    "AllowByServiceAccount",
	Summary: "An ALLOW policy by service account admits that account, and not its namesake in another namespace",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Accounts},
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, namesake, stranger, server := m.Workload("friend"), m.Workload("namesake"), m.Workload("stranger"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, namesake, request, server)

		m.By("allowing the friend's account")
		m.Enforce(ctx, "allow")
		m.Served(ctx, friend, request, server)
		m.Denied(ctx, namesake, request)
		m.Denied(ctx, stranger, request)
	},
	Breaks: []suites.Break{
		{Name: "namesake-allowed", Old: `serviceAccounts: [friend]`, New: `serviceAccounts: [friend, NAMESPACE-other/friend]`},
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
	},
}
