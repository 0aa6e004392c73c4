package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PortDeclarationDoesNotMatter declares one server-first port in every way there is. At layer 4 nothing may hang on
// what a port claims to be.
var PortDeclarationDoesNotMatter = suites.Check{
	Name:    "PortDeclarationDoesNotMatter",
	Summary: "A server-first protocol works whatever its Service port says: nothing, tcp, its own protocol, http or grpc",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, name := range []string{"undeclared", "declared-tcp", "declared-mysql", "declared-http", "declared-grpc"} {
			m.By("going through Service %s", name)
			m.Served(ctx, m.Workload("client"), probe.To(probe.Banner, m.ClusterIP(ctx, name), 92), m.Workload("server"))
		}
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "selector-matches-nothing", Old: "selector: {app: server}", New: "selector: {app: nobody}"},
	},
}
