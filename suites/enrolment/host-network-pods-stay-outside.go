package enrolment

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HostNetworkPodsStayOutside puts a pod that shares its node's network into a labelled namespace.
var HostNetworkPodsStayOutside = suites.Check{
	Name:    "HostNetworkPodsStayOutside",
	Summary: "A pod on its node's network is not captured in a labelled namespace, and works on for captured clients",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.enrol-namespace", "app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, host := m.Workload("client"), m.Workload("host")
		m.Served(ctx, client, probe.To(probe.TCP, host.IP, fixtures.TCPPort), host)
		m.Expect(residue(ctx, m, client)).NotTo(Succeed(), "the neighbour is not captured either: nothing could be told")
		m.Expect(fixtures.Reverted(m.Pod(ctx, host))).To(BeEmpty())
		// Its network namespace is the node's: what redirects a pod's traffic would there take the whole node's.
		netns, err := m.NodeOf(host).Redirection(ctx, host)
		m.Observed(err)
		m.Expect(netns.IPRules).To(BeEmpty())
		m.Expect(netns.Listeners).NotTo(ContainElement(BeElementOf(15001, 15006, 15008)))
		set, err := m.NodeOf(host).ProbeSet(ctx)
		m.Observed(err)
		m.Expect(set.Entries).NotTo(HaveKey(host.IP))
		dump, err := m.ZtunnelOf(host).Dump(ctx)
		m.Observed(err)
		m.Expect(dump.SpeaksHBONE(host.Namespace, host.IP)).To(BeFalse(), "ztunnel takes the node for an HBONE peer")
	},
	Breaks: []suites.Break{
		{Name: "on-the-pod-network", Old: "  hostNetwork: true\n", New: ""},
	},
}
