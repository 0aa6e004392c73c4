package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServerFirstUnderStrictWithPrincipal decides by identity before a byte has been sent: the handshake carries it, not
// the payload.
var ServerFirstUnderStrictWithPrincipal = suites.Check{
	Name:    "ServerFirstUnderStrictWithPrincipal",
	Summary: "Under STRICT and a policy that names a principal, its client is greeted and everybody else is turned away ungreeted",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		for kind, port := range map[probe.Kind]int{probe.Banner: fixtures.BannerPort, probe.MySQL: fixtures.MySQLPort} {
			m.Served(ctx, m.Workload("client"), probe.To(kind, server.IP, port), server)
			m.Denied(ctx, m.Workload("stranger"), probe.To(kind, server.IP, port))
			m.Denied(ctx, m.Workload("outsider"), probe.To(kind, server.IP, port))
		}
	},
	Breaks: []suites.Break{
		{Name: "another-principal", Old: "sa/client]", New: "sa/stranger]"},
		{Name: "everybody-admitted", Old: "rules: [{from: [{source: {principals: [cluster.local/ns/NAMESPACE/sa/client]}}]}]", New: "rules: [{}]"},
	},
}
