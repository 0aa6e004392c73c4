package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MySQLServerSpeaksFirst opens a MySQL session, whose handshake the server begins.
var MySQLServerSpeaksFirst = suites.Check{
	Name:    "MySQLServerSpeaksFirst",
	Summary: "A MySQL client connects and queries through the mesh, in every direction",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		throughTheMesh(ctx, m, probe.MySQL, fixtures.MySQLPort)
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "denied-by-policy", Do: deny},
	},
}
