package authz

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DenyByPort closes one of two ports of a server.
var DenyByPort = suites.Check{
	Name:    "DenyByPort",
	Summary: "A DENY policy by port closes that port to everybody and leaves the others open",
	Spec:    "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, outsider, server := m.Workload("friend"), m.Workload("outsider"), m.Workload("server")
		closed, open := probe.To(probe.HTTP, server.IP, fixtures.HTTPPort), probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, friend, closed, server)

		m.By("denying the HTTP port")
		m.Enforce(ctx, "deny")
		for _, client := range []*fixtures.Workload{friend, outsider} {
			m.Denied(ctx, client, closed)
			m.Served(ctx, client, open, server)
		}
	},
	Breaks: []suites.Break{
		{Name: "another-port", Old: `"8080"`, New: `"9092"`},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
