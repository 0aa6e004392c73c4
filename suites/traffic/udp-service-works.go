package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UDPServiceWorks sends datagrams, which ambient mode leaves alone: they must neither be captured nor lost.
var UDPServiceWorks = suites.Check{
	Name:    "UDPServiceWorks",
	Summary: "UDP works for captured clients and servers, by address and through a Service",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, address := m.Workload("server"), m.ClusterIP(ctx, "server")
		for _, name := range []string{"client", "outsider"} {
			m.Served(ctx, m.Workload(name), probe.To(probe.UDP, server.IP, fixtures.UDPPort), server)
			m.Served(ctx, m.Workload(name), probe.To(probe.UDP, address, 53000), server)
		}
	},
	Breaks: []suites.Break{
		{Name: "selector-matches-nothing", Old: "selector: {app: server}", New: "selector: {app: nobody}"},
	},
}
