package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// RootPolicyReachesNamespaces puts a policy into the root namespace, with a selector that nobody else answers to.
var RootPolicyReachesNamespaces = suites.Check{
	Name:    "RootPolicyReachesNamespaces",
	Summary: "A policy with a selector in the root namespace holds for the workloads it selects in every namespace",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server, remote, bystander := m.Workload("friend"), m.Workload("server"), m.Workload("remote"), m.Workload("bystander")
		m.By("denying from the root namespace")
		defer m.Retract(ctx, m.Policies("root"))
		m.Enforce(ctx, "root")
		m.Denied(ctx, friend, probe.To(probe.TCP, server.IP, fixtures.TCPPort))
		m.Denied(ctx, friend, probe.To(probe.TCP, remote.IP, fixtures.TCPPort))
		m.Served(ctx, friend, probe.To(probe.TCP, bystander.IP, fixtures.TCPPort), bystander)
	},
	Breaks: []suites.Break{
		{Name: "only-in-its-own-namespace", Old: `, conformance.ambient/root: "yes"`, New: ``},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
