package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PayloadsAroundMTU sends requests of every size around a packet's. Tunnels take room in packets; what does not fit
// must be cut, not lost.
var PayloadsAroundMTU = suites.Check{
	Name:    "PayloadsAroundMTU",
	Summary: "Requests of any size around the MTU arrive whole, on the same node and across nodes",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, name := range []string{"near", "far"} {
			server := m.Workload(name)
			m.Served(ctx, m.Workload("client"), probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
			var probes []probe.Probe
			for _, size := range sizes {
				request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
				request.Payload, request.Timeout = size, probe.PatientTimeout
				probes = append(probes, request)
			}
			outcomes, err := m.Workload("client").ProbeAll(ctx, probes...)
			m.Observed(err)
			for i, outcome := range outcomes {
				m.Expect(outcome).To(fixtures.BeServedBy(server), "%d bytes to %s", sizes[i], name)
			}
		}
	},
	Breaks: []suites.Break{
		{Name: "long-packets-lost-near", Do: losingLongPackets("near")},
		{Name: "long-packets-lost-far", Do: losingLongPackets("far")},
	},
}

// sizes in bytes: the MTUs of Ethernet and of common tunnels less headers, a TLS record, a socket buffer.
var sizes = []int{1, 512, 1350, 1380, 1400, 1410, 1420, 1430, 1440, 1448, 1449, 1450, 1460, 1461, 1480, 1499, 1500, 1501, 2900, 4096, 8960, 16384, 65536}

func losingLongPackets(name string) func(context.Context, *fixtures.Mesh) {
	return func(ctx context.Context, m *fixtures.Mesh) {
		m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Longer: 1300}}, name)
	}
}
