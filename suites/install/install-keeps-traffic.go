package install

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// InstallKeepsTraffic sends requests all through the installation of the mesh, over new connections and over one that
// stays open, between workloads that nobody enrols.
var InstallKeepsTraffic = suites.Check{
	Name:    "InstallKeepsTraffic",
	Summary: "Installing ambient mode neither fails nor reroutes a request of workloads that have not joined",
	Spec:    "https://istio.io/latest/docs/ambient/install/",
	Claims:  []string{"deploy.safe-install", "deploy.separate-step"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Install},
	Before: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		request.Timeout = probe.PatientTimeout // a busy machine makes requests slow, and none fail
		m.By("sending requests from client to server, before there is a mesh")
		m.Served(ctx, client, request, server)
		m.Observed(client.Stream(ctx, "new", probe.Stream{Probe: request, Interval: 20 * time.Millisecond}))
		m.Observed(client.Stream(ctx, "held", probe.Stream{Probe: request, Interval: 20 * time.Millisecond, Held: true}))
	},
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		m.By("counting what was lost while the mesh was installed")
		fresh, held := m.EndStream(ctx, client, "new"), m.EndStream(ctx, client, "held")
		m.Measure("requests", float64(fresh.Requests), "")
		m.Measure("longest gap", fresh.LongestGap.Seconds()*1000, "ms")

		m.Expect(fresh.Requests).To(BeNumerically(">", 20), "too few requests to tell")
		m.Expect(fresh.Failures).To(BeZero(), "first failure: %v", fresh.FirstFail)
		m.Expect(fresh.Servers).To(ConsistOf(server.String()))
		m.Expect(fresh.Sources).To(ConsistOf(client.IP), "the server must have seen the client's own address all along")
		m.Expect(held).To(fixtures.Stand(), "the connection that was open before the installation")
	},
	Breaks: []suites.Break{
		{Name: "server-pauses", Do: func(ctx context.Context, m *fixtures.Mesh) {
			server := m.Workload("server")
			m.Observed(server.Agent.SetHealth(ctx, false))
			// Until the stream has met the pause: a shorter one may fall between two of its beats.
			m.Eventually(m.Workload("client").Flow).WithContext(ctx).WithArguments("new").Should(HaveField("Failures", BeNumerically(">", 0)))
			m.Observed(server.Agent.SetHealth(ctx, true))
		}},
		suites.OpenConnectionsFallSilent,
	},
}
