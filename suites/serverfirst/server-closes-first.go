package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServerClosesFirst talks to a server that greets and hangs up, like daytime. The greeting must not be lost behind the
// end.
var ServerClosesFirst = suites.Check{
	Name:    "ServerClosesFirst",
	Summary: "A client of a server that greets and closes receives the whole greeting, and then an orderly end",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		request := probe.To(probe.Farewell, m.Workload("server").IP, endingPorts[probe.Farewell])
		m.Served(ctx, m.Workload("client"), request, m.Workload("server"))
		m.Served(ctx, m.Workload("outsider"), request, m.Workload("server"))
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "never-closes", Old: "farewell=9096", New: "abort=9096"},
	},
}
