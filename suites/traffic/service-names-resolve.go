package traffic

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServiceNamesResolve looks a Service up from a captured pod, whose DNS ztunnel answers, and goes where it points.
var ServiceNamesResolve = suites.Check{
	Name:    "ServiceNamesResolve",
	Summary: "A captured client resolves a Service by short and by full name, and reaches it there",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		full := "server." + m.Scene + ".svc.cluster.local"
		address := m.ClusterIP(ctx, "server")
		for _, name := range []string{"server", full} {
			m.By("resolving %s", name)
			lookup := probe.Probe{Kind: probe.DNS, Target: name}
			m.Eventually(client.Probe).WithContext(ctx).WithArguments(lookup).Should(HaveField("Answers", ConsistOf(address)))
		}
		m.Served(ctx, client, probe.To(probe.TCP, full, 80), server)
		m.Served(ctx, client, probe.To(probe.TCP, address, 80), server)
	},
	Breaks: []suites.Break{
		{Name: "dns-capture-broken", Faults: []string{"dns-capture-broken"}},
		{Name: "selector-matches-nothing", Old: "selector: {app: server}", New: "selector: {app: nobody}", Cause: cause.NoEndpoint},
	},
}
