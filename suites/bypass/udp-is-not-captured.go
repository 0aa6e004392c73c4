package bypass

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UDPIsNotCaptured looks for a datagram on the wire, and for the text of a TCP connection beside it. Ambient mode
// carries
// TCP only; what the mesh does not carry, it must not stop.
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
		datagram.Marker, stream.Marker = "datagram-of-"+m.Scene, "stream-of-"+m.Scene
		traffic := m.Record(ctx, "wire", []*fixtures.Workload{client, server}, func() {
			m.Served(ctx, client, stream, server)
			m.Served(ctx, client, datagram, server)
		})
		m.Expect(traffic.Saw(stream.Marker)).To(BeFalse(), "even TCP is readable on the wire:\n%s", traffic)
		m.Expect(traffic.Saw(datagram.Marker)).To(BeTrue(), "the datagram is not readable on the wire:\n%s", traffic)
		m.By("showing that nothing of STRICT holds for UDP")
		m.Served(ctx, outsider, datagram, server)
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "no-udp", Old: "containers: [{name: agent}]", New: "containers: [{name: agent, args: [serve, tcp=9090]}]"},
	},
}
