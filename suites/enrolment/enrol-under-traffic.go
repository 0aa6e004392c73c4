package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EnrolUnderTraffic enrols two workloads and takes them out again under a stream of requests.
var EnrolUnderTraffic = suites.Check{
	Name:    "EnrolUnderTraffic",
	Summary: "What enrolling and reverting running workloads costs in failed requests and in time is known",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"deploy.separate-step", "deploy.revertible"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		request.Timeout = 500 * time.Millisecond
		m.Served(ctx, client, request, server)
		m.Observed(client.Stream(ctx, "enrol", probe.Stream{Probe: request}))
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, "client", "server")).To(Succeed())
		m.Served(ctx, client, request, server)
		enrolled, err := client.StopStream(ctx, "enrol")
		m.Observed(err)
		m.Observed(client.Stream(ctx, "revert", probe.Stream{Probe: request}))
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "")
		m.Expect(m.Await(ctx, fixtures.Reverted, "client", "server")).To(Succeed())
		m.Served(ctx, client, request, server)
		reverted, err := client.StopStream(ctx, "revert")
		m.Observed(err)
		m.MeasureFlow("enrol", enrolled)
		m.MeasureFlow("revert", reverted)
		m.Expect(min(enrolled.Requests, reverted.Requests)).NotTo(BeZero(), "no request to tell from")
	},
	Breaks: []suites.Break{
		{Name: "never-out", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: ambient}"},
	},
}
