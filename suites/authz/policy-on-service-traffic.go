package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicyOnServiceTraffic reaches a server through its Service, whose port is not the port of the pod.
var PolicyOnServiceTraffic = suites.Check{
	Name:    "PolicyOnServiceTraffic",
	Summary: "Through a Service, policy holds as it does directly, and its ports are those of the pod and not of the Service",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server := m.Workload("friend"), m.Workload("server")
		address := m.ClusterIP(ctx, "server")
		web, plain := probe.To(probe.HTTP, address, 80), probe.To(probe.TCP, address, 90)
		m.Served(ctx, friend, web, server)
		m.By("denying the pod's HTTP port, and a port that only the Service has")
		m.Enforce(ctx, "deny")
		m.Denied(ctx, friend, web)
		m.Served(ctx, friend, plain, server)
	},
	Breaks: []suites.Break{
		{Name: "denied-by-service-port", Old: `ports: ["8080"]`, New: `ports: ["80"]`},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
