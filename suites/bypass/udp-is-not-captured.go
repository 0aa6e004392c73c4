package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UDPIsNotCaptured looks for a datagram on the wire, and for the same text in a TCP connection beside it. Ambient mode carries TCP only; what the mesh does not carry, it must not stop.
var UDPIsNotCaptured = suites.Check{
	Name:    "UDPIsNotCaptured",
	Summary: "UDP between captured workloads passes outside the mesh: served, and readable on the wire",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		datagram, stream := probe.To(probe.UDP, server.IP, fixtures.UDPPort), probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("showing that the server's TCP port is the mesh's")
		m.Denied(ctx, outsider, stream)
		m.Served(ctx, client, stream, server)
		m.Served(ctx, client, datagram, server)
		m.By("showing that nothing of STRICT holds for UDP")
		m.Served(ctx, outsider, datagram, server)
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "no-udp", Old: "containers: [{name: agent}]", New: "containers: [{name: agent, args: [serve, tcp=9090]}]"},
	},
}
