package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DryRunDeniesNobody tries a policy out. istiod does not send it to ztunnel unless told to, and ztunnel does not enforce it then.
var DryRunDeniesNobody = suites.Check{
	Name:    "DryRunDeniesNobody",
	Summary: "A policy with the dry-run annotation denies nobody, while the same policy without it beside it denies",
	Spec:    "https://istio.io/latest/docs/tasks/security/authorization/authz-dry-run/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server, control := m.Workload("friend"), m.Workload("server"), m.Workload("control")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("denying in earnest at one server, tried out before at the other")
		dry := m.Policies("dry")
		m.Observed(m.Kube.Create(ctx, dry[0]))
		m.Enforce(ctx, "earnest") // after it, so that istiod has seen both
		m.Denied(ctx, friend, probe.To(probe.TCP, control.IP, fixtures.TCPPort))
		m.Served(ctx, friend, request, server)
		m.StaysServed(ctx, friend, request, server)
	},
	Breaks: []suites.Break{
		{Name: "not-dry", Old: `istio.io/dry-run: "true"`, New: `istio.io/dry-run: "false"`},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
