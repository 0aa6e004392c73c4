package bypass

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// BorrowedProbeAddress measures what stands between a pod and the address whose packets istio-cni's rules let straight
// through to the app, since the kubelet's probes have it. Any container with NET_RAW may claim it.
// The figure counts the attempts that were served, one from each node.
var BorrowedProbeAddress = suites.Check{
	Name:    "BorrowedProbeAddress",
	Summary: "What becomes of plaintext that another pod sends to a STRICT one from the address of the kubelet's probes",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"app.no-bypass", "probes.health"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, m.Workload("friend"), request, server)
		var served float64
		for _, name := range []string{"neighbour", "stranger"} {
			outsider := m.Workload(name)
			m.Denied(ctx, outsider, request)
			borrowing := request
			borrowing.Source = probe.KubeletAddress
			var seen probe.Outcome
			traffic := m.Record(ctx, name, []*fixtures.Workload{server}, func() {
				var err error
				seen, err = outsider.Probe(ctx, borrowing)
				m.Observed(err)
			})
			m.Show(name+", from the probes' address", "%s", seen)
			// A packet that nobody saw was not sent: then nothing is known of what would have become of it.
			m.Expect(traffic.Passages(probe.KubeletAddress, server.IP)).NotTo(BeEmpty(), "packets from %s to %s", probe.KubeletAddress, server.IP)
			served += fixtures.Count(seen.Verdict == probe.Served)
		}
		m.Measure("attempts served to whom borrows the probes' address", served, "of 2")
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "capture-sees-nothing", Instrument: fixtures.CaptureSeesNothing},
	},
}
