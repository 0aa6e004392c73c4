package enrolment

import (
	"context"
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// RevertLeavesNoResidue takes a namespace out of the mesh and looks for anything that stayed behind.
var RevertLeavesNoResidue = suites.Check{
	Name:    "RevertLeavesNoResidue",
	Summary: "Removing the label reverts a workload completely: rules, set entry, listeners, mesh state and encryption",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Core,
	Once:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, client, request, server)
		enrolled, err := m.NodeOf(server).Redirection(ctx, server)
		m.Observed(err)
		m.Expect(enrolled.Chains).NotTo(BeEmpty(), "no rules to be reverted: the workload was not captured")
		m.Expect(enrolled.Listeners).To(ContainElements(15001, 15006, 15008))

		m.By("removing the label")
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "")
		m.Expect(m.Await(ctx, fixtures.Reverted, "client", "server")).To(Succeed())
		m.By("looking for residue")
		m.Eventually(residue).WithContext(ctx).WithArguments(m, server).Should(Succeed())
		m.Eventually(residue).WithContext(ctx).WithArguments(m, client).Should(Succeed())

		marker := "plain-again-" + m.Scene
		traffic := m.Record(ctx, "reverted", []*fixtures.Workload{client, server}, func() { m.Served(ctx, client, request.Bearing(marker), server) })
		m.Expect(traffic.Saw(marker)).To(BeTrue(), "after the revert the request is still not in the clear:\n%s", traffic)
	},
	Breaks: []suites.Break{
		{Name: "watch-never-fires", Instrument: fixtures.WatchNeverFires},
		{Name: "capture-sees-nothing", Instrument: fixtures.CaptureSeesNothing},
		{Name: "pod-keeps-its-own-label", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: ambient}"},
		{Name: "keeps-listening", Faults: []string{"keeps-listening"}},
		{Name: "remembers-the-gone", Faults: []string{"remembers-the-gone"}},
	},
}

// residue says what of the mesh is left in and around a pod.
func residue(ctx context.Context, m *fixtures.Mesh, w *fixtures.Workload) error {
	node := m.NodeOf(w)
	netns, err := node.Redirection(ctx, w)
	if err != nil {
		return err
	}
	set, err := node.ProbeSet(ctx)
	if err != nil {
		return err
	}
	dump, err := m.ZtunnelOf(w).Dump(ctx)
	if err != nil {
		return err
	}
	left := len(netns.Chains) + len(netns.IPRules)
	_, listed := set.Entries[w.IP]
	for _, port := range netns.Listeners {
		if port == 15001 || port == 15006 || port == 15008 {
			left++
		}
	}
	if left > 0 || listed || dump.SpeaksHBONE(w.Namespace, w.IP) {
		return fmt.Errorf("%s: chains %v, rules %v, listeners %v, in the probe set %v, HBONE for its ztunnel %v",
			w, netns.Chains, netns.IPRules, netns.Listeners, listed, dump.SpeaksHBONE(w.Namespace, w.IP))
	}
	return nil
}
