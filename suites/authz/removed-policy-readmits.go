package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// RemovedPolicyReadmits takes a policy back.
var RemovedPolicyReadmits = suites.Check{
	Name:    "RemovedPolicyReadmits",
	Summary: "Once a policy is deleted, whom it denied is served again",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server := m.Workload("friend"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("denying")
		policies := m.Enforce(ctx, "deny")
		m.Denied(ctx, friend, request)

		m.By("deleting the policy")
		m.Retract(ctx, policies)
		m.Served(ctx, friend, request, server)
		m.StaysServed(ctx, friend, request, server)
	},
	Breaks: []suites.Break{
		{Name: "another-policy-stays", Do: func(ctx context.Context, m *fixtures.Mesh) { m.Enforce(ctx, "stays") }},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
