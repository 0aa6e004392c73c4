package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OpenConnectionsAtEnrolment holds connections open while one of their ends joins the mesh, or both do, and while they
// leave it again. Nothing promises that a connection which ztunnel has not seen begin goes on; an application with a
// pool of connections wants to know.
var OpenConnectionsAtEnrolment = suites.Check{
	Name:    "OpenConnectionsAtEnrolment",
	Summary: "What becomes of connections that are open while their client, their server or both join the mesh, and leave it",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"deploy.separate-step", "deploy.revertible"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		joins, stays := m.Workload("joins"), m.Workload("stays")
		server, outside := m.Workload("server"), m.Workload("outside")
		pairs := []pair{
			{"client-and-server", joins, server}, {"client-only", joins, outside}, {"server-only", stays, server}, {"neither", stays, outside},
		}
		endured := func(what string, happens func()) {
			for _, p := range pairs {
				held := probe.Stream{Probe: probe.To(probe.TCP, p.server.IP, fixtures.TCPPort), Interval: 50 * time.Millisecond, Held: true}
				if p.name == "neither" {
					held.Probe.Timeout = probe.PatientTimeout
				}
				m.Served(ctx, p.client, held.Probe, p.server)
				m.Observed(p.client.Stream(ctx, what+"-"+p.name, held))
				m.Eventually(p.client.Flow).WithContext(ctx).WithArguments(what + "-" + p.name).Should(HaveField("Requests", BeNumerically(">", 1)))
			}
			happens()
			for _, p := range pairs {
				m.Served(ctx, p.client, probe.To(probe.TCP, p.server.IP, fixtures.TCPPort), p.server)
			}
			for _, p := range pairs {
				flow := m.EndStream(ctx, p.client, what+"-"+p.name)
				m.Show(p.name+", through "+what, "%d exchanges; ended: %v", flow.Requests, flow.Ended)
				if p.name == "neither" {
					m.Expect(flow).To(fixtures.Stand(), "the connection that nothing was done to")
					continue
				}
				m.Measure("open after "+what+" of "+p.name, fixtures.Count(flow.Ended == nil), "of 1")
			}
		}
		endured("enrolment", func() {
			for _, w := range []*fixtures.Workload{joins, server} {
				m.LabelPod(ctx, w, fixtures.DataplaneLabel, "ambient")
			}
			m.Expect(m.AwaitCaptured(ctx, "joins", "server")).To(Succeed())
		})
		endured("removal", func() {
			for _, w := range []*fixtures.Workload{joins, server} {
				m.LabelPod(ctx, w, fixtures.DataplaneLabel, "")
			}
			m.Expect(m.Await(ctx, fixtures.Reverted, "joins", "server")).To(Succeed())
		})
	},
	Breaks: []suites.Break{
		{Name: "never-out", Old: "labels: {name: scene}", New: "labels: {name: scene, istio.io/dataplane-mode: ambient}"},
		{Name: "server-pauses", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Observed(m.Workload("outside").Agent.SetHealth(ctx, false))
		}},
	},
}

// pair is a connection between two workloads.
type pair struct {
	name           string
	client, server *fixtures.Workload
}
