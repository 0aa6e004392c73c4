package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ClientResetReachesServer resets connections in the middle of a conversation. HBONE has no RST, ztunnel makes an
// orderly end of it; what matters is that the server is not left with a connection that nobody holds.
var ClientResetReachesServer = suites.Check{
	Name:    "ClientResetReachesServer",
	Summary: "A client that resets its connection ends it for the server as well, from inside the mesh and from outside",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		request := probe.To(probe.Abort, server.IP, endingPorts[probe.Abort])
		for _, name := range []string{"client", "outsider"} {
			m.Expect(m.Try(ctx, m.Workload(name), request)).To(fixtures.BeServedBy(server))
		}
		ended(ctx, m, "server", 2)
	},
	Breaks: []suites.Break{
		{Name: "ends-unsaid", Faults: []string{"ends-unsaid"}},
		{Name: "no-such-server", Old: "abort=9097", New: "abort=9099"},
	},
}
