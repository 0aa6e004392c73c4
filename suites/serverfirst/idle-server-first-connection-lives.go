package serverfirst

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// IdleServerFirstConnectionLives leaves connections alone for longer than the keep-alive of HBONE (10 s) and common
// idle timeouts of proxies.
var IdleServerFirstConnectionLives = suites.Check{
	Name:    "IdleServerFirstConnectionLives",
	Summary: "A greeted connection on which nobody speaks for 20 seconds still carries the next request",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		stream := probe.Stream{Probe: probe.To(probe.Banner, server.IP, fixtures.BannerPort), Held: true, Interval: idle}
		stream.Probe.Timeout = probe.PatientTimeout // the check is not about who is slow
		names := []string{"client", "outsider"}
		for _, name := range names {
			m.Served(ctx, m.Workload(name), stream.Probe, server)
			m.Observed(m.Workload(name).Stream(ctx, "idle", stream))
		}
		m.By("waiting for the second request")
		for _, name := range names {
			m.Eventually(m.Workload(name).Flow).WithContext(ctx).WithTimeout(idle + m.AtLeast(2*probe.PatientTimeout)).WithPolling(time.Second).WithArguments("idle").
				Should(Or(HaveField("Requests", BeNumerically(">=", 2)), HaveField("Failures", BeNumerically(">", 0))))
			flow, err := m.Workload(name).StopStream(ctx, "idle")
			m.Observed(err)
			m.Expect(flow).To(fixtures.Stand(), "the connection of %s", name)
		}
	},
	Breaks: []suites.Break{
		{Name: "idle-cut", Faults: []string{"idle-cut"}},
		suites.OpenConnectionsFallSilent,
	},
}

// idle is how long nobody speaks.
const idle = 20 * time.Second
