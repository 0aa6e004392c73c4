package authz

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicyChangeClosesConnections holds connections open while the policy that admitted them is replaced.
var PolicyChangeClosesConnections = suites.Check{
	Name:    "PolicyChangeClosesConnections",
	Summary: "A connection that a new policy no longer admits is closed; one that it still admits stays",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		held := probe.Stream{Probe: probe.To(probe.TCP, server.IP, fixtures.TCPPort), Interval: 50 * time.Millisecond, Held: true}
		m.By("opening two connections")
		// What is cut off without a word is to show soon, and what stays is not to end for being slow.
		patience := map[*fixtures.Workload]time.Duration{friend: probe.PatientTimeout, stranger: probe.DefaultTimeout}
		for client, timeout := range patience {
			held.Probe.Timeout = timeout
			m.Served(ctx, client, held.Probe, server)
			m.Observed(client.Stream(ctx, "held", held))
			m.Eventually(client.Flow).WithContext(ctx).WithArguments("held").Should(HaveField("Requests", BeNumerically(">", 1)))
		}

		m.By("admitting only one of the two clients from now on")
		since := time.Now()
		m.Apply(ctx, "allow")
		m.Eventually(stranger.Flow).WithContext(ctx).WithArguments("held").Should(HaveField("Open", BeFalse()))
		m.Measure("time to close", time.Since(since).Seconds()*1000, "ms")
		m.Consistently(friend.Flow).WithContext(ctx).WithArguments("held").Should(HaveField("Open", BeTrue()))
		m.Expect(m.EndStream(ctx, friend, "held")).To(fixtures.Stand(), "the connection that is still admitted")
	},
	Breaks: []suites.Break{
		{Name: "existing-connections-survive", Faults: []string{"existing-connections-survive"}},
		{Name: "everybody-allowed", Old: "sa/friend", New: "sa/*"},
	},
}
