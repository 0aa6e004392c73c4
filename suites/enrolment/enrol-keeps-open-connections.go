package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EnrolKeepsOpenConnections enrols both ends of a connection that stays open.
var EnrolKeepsOpenConnections = suites.Check{
	Name:    "EnrolKeepsOpenConnections",
	Summary: "A connection that was open before its ends joined the mesh keeps working",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.unmodified", "deploy.separate-step"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, client, request, server)
		m.Observed(client.Stream(ctx, "held", probe.Stream{Probe: request, Held: true}))
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, "client", "server")).To(Succeed())
		before, err := client.Flow(ctx, "held")
		m.Observed(err)
		m.By("seeing the connection answer on, now that both ends are captured")
		m.Eventually(func(ctx context.Context) (int, error) {
			flow, err := client.Flow(ctx, "held")
			return flow.Requests - flow.Failures, err
		}).WithContext(ctx).WithTimeout(5 * time.Second).Should(BeNumerically(">", before.Requests+10))
		held, err := client.StopStream(ctx, "held")
		m.Observed(err)
		m.Expect(held.Ended).To(BeNil(), "it ended: %v", held.Ended)
		m.Expect(held.Failures).To(BeZero(), "first failure: %v", held.FirstFail)
	},
	Breaks: []suites.Break{
		{Name: "server-opted-out", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: none}"},
		{Name: "packets-lost", Do: losePackets},
	},
}
