package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SelectorIsNamespaceLocal selects, from another namespace, a label that workloads of both namespaces carry.
var SelectorIsNamespaceLocal = suites.Check{
	Name:    "SelectorIsNamespaceLocal",
	Summary: "A selector selects in the namespace of its policy only, however well the labels of other workloads fit",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server, double := m.Workload("friend"), m.Workload("server"), m.Workload("double")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("denying all at the server's double in the other namespace")
		m.Enforce(ctx, "deny")
		m.Denied(ctx, friend, probe.To(probe.TCP, double.IP, fixtures.TCPPort))
		m.Served(ctx, friend, request, server)
		m.StaysServed(ctx, friend, request, server)
	},
	Breaks: []suites.Break{
		{Name: "policy-in-the-servers-namespace", Old: `name: deny-all, namespace: other`, New: `name: deny-all`},
		{Name: "policy-in-both-namespaces", Do: func(ctx context.Context, m *fixtures.Mesh) { m.Enforce(ctx, "both") }},
	},
}
