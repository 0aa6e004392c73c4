package serverfirst

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServerResetReachesClient has a server reset connections upon a request. The client sees a reset or, through HBONE,
// which has none, an orderly end; it must not wait for an answer that never comes.
var ServerResetReachesClient = suites.Check{
	Name:    "ServerResetReachesClient",
	Summary: "A server that resets a connection ends it for the client at once, inside the mesh and outside",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		for _, name := range []string{"client", "outsider"} {
			client := m.Workload(name)
			m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
			outcome := m.Try(ctx, client, probe.To(probe.TCP, server.IP, endingPorts[probe.Crash]))
			m.Expect(outcome).To(fixtures.BeDenied(probe.Reset, probe.Closed))
			m.Show("how "+name+" saw the end", "%s", outcome)
			m.Expect(outcome.Stage).To(Equal("read"), "the connection stood until the server had heard the request")
		}
	},
	Breaks: []suites.Break{
		{Name: "ends-unsaid", Faults: []string{"ends-unsaid"}},
		{Name: "answers-instead", Old: "crash=9098", New: "tcp=9098"},
	},
}
