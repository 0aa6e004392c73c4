package bypass

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MarkNeedsCapability tries to wear the mark by which ztunnel tells its own packets.
var MarkNeedsCapability = suites.Check{
	Name:    "MarkNeedsCapability",
	Summary: "A process without capabilities cannot set the packet mark that exempts ztunnel's own traffic from capture",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Denied(ctx, outsider, request)
		m.Served(ctx, client, request, server)
		m.By("asking for the mark %#x", ztunnelMark)
		request.Mark = ztunnelMark
		results, err := client.Agent.Probes(ctx, probe.Batch{Probes: []probe.Probe{request}})
		m.Observed(err)
		m.Expect(results.Outcomes).To(HaveLen(1))
		// Not the outcome of a connection: there was no socket to connect.
		m.Expect(results.Outcomes[0].Error).To(ContainSubstring("operation not permitted"), "with the mark: %s", results.Outcomes[0])
	},
	Breaks: []suites.Break{
		{Name: "net-admin", Old: "drop: [ALL]", New: "add: [NET_ADMIN]"},
	},
}

// ztunnelMark is what ztunnel sets on its own sockets; istio-cni's rules let packets with it pass.
const ztunnelMark = 0x539
