package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServerFirstThroughService goes by the address of a Service, where ztunnel must choose a backend before anybody has
// said a word.
var ServerFirstThroughService = suites.Check{
	Name:    "ServerFirstThroughService",
	Summary: "Protocols in which the server speaks first work through the address of a Service, from inside the mesh and from outside",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, address := m.Workload("server"), m.ClusterIP(ctx, "server")
		for kind, port := range map[probe.Kind]int{probe.Banner: 92, probe.MySQL: 3306, probe.SMTP: 25} {
			m.Served(ctx, m.Workload("client"), probe.To(kind, address, port), server)
			m.Served(ctx, m.Workload("outsider"), probe.To(kind, address, port), server)
		}
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "selector-matches-nothing", Old: "selector: {app: server}", New: "selector: {app: nobody}"},
	},
}
