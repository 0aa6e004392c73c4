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
		stream := probe.Stream{Probe: probe.To(probe.Banner, m.Workload("server").IP, fixtures.BannerPort), Held: true, Interval: idle}
		names := []string{"client", "outsider"}
		for _, name := range names {
			m.Observed(m.Workload(name).Stream(ctx, "idle", stream))
		}
		m.By("waiting for the second request")
		for _, name := range names {
			m.Eventually(m.Workload(name).Flow).WithContext(ctx).WithTimeout(idle + m.AtLeast(5*time.Second)).WithPolling(time.Second).WithArguments("idle").
				Should(HaveField("Requests", BeNumerically(">=", 2)))
			flow, err := m.Workload(name).StopStream(ctx, "idle")
			m.Observed(err)
			m.Expect(flow.Ended).To(BeNil(), "the connection of %s ended", name)
			m.Expect(flow.Failures).To(BeZero(), "requests of %s that failed: %v", name, flow.FirstFail)
		}
	},
	Breaks: []suites.Break{
		{Name: "idle-cut", Faults: []string{"idle-cut"}},
	},
}

// idle is how long nobody speaks.
const idle = 20 * time.Second
