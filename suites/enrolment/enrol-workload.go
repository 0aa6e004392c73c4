package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EnrolWorkload labels one running pod of a namespace that is not in the mesh, and then takes it out again.
var EnrolWorkload = suites.Check{
	Name:    "EnrolWorkload",
	Summary: "A single workload can opt in, and out again, without its neighbours",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.enrol-workload"},
	Level:   suites.Core,
	Once:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, joining, neighbour := m.Workload("client"), m.Workload("joining"), m.Workload("neighbour")
		m.By("labelling one pod")
		since := time.Now()
		m.LabelPod(ctx, joining, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, "joining")).To(Succeed())

		m.Served(ctx, client, probe.To(probe.TCP, joining.IP, fixtures.TCPPort), joining)
		m.Expect(m.Logged(ctx, client, joining, since)).To(HaveKeyWithValue("src.identity", client.Identity()))
		m.Served(ctx, client, probe.To(probe.TCP, neighbour.IP, fixtures.TCPPort), neighbour)
		m.Expect(fixtures.Reverted(m.Pod(ctx, neighbour))).To(BeEmpty(), "the neighbour was enrolled too")

		m.By("opting out again")
		m.LabelPod(ctx, joining, fixtures.DataplaneLabel, "none")
		m.Expect(m.Await(ctx, fixtures.Reverted, "joining")).To(Succeed())
		m.Served(ctx, client, probe.To(probe.TCP, joining.IP, fixtures.TCPPort), joining)
	},
	Breaks: []suites.Break{
		{Name: "watch-never-fires", Instrument: fixtures.WatchNeverFires},
		{Name: "neighbour-opted-in", Old: "{app: neighbour}", New: "{app: neighbour, istio.io/dataplane-mode: ambient}"},
		{Name: "client-not-captured", Old: "{app: client, istio.io/dataplane-mode: ambient}", New: "{app: client}"},
	},
}
