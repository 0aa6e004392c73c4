package enrolment

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EnrolCyclesLeaveOneRuleSet lets a workload join and leave again and again.
var EnrolCyclesLeaveOneRuleSet = suites.Check{
	Name:    "EnrolCyclesLeaveOneRuleSet",
	Summary: "However often a workload joins and leaves, it has one set of rules while it is in and none when it is out",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Extended,
	Once:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		var first probe.Redirection
		for cycle := range 5 {
			m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
			m.Expect(m.AwaitCaptured(ctx, "server")).To(Succeed())
			seen, err := m.NodeOf(server).Redirection(ctx, server)
			m.Observed(err)
			if cycle == 0 {
				first = seen
			}
			m.Expect(seen.Rules).To(Equal(first.Rules), "rules in cycle %d", cycle)
			m.Expect(seen.Chains).To(Equal(first.Chains), "chains in cycle %d", cycle)
			m.Expect(seen.IPRules).To(Equal(first.IPRules), "routing rules in cycle %d", cycle)
			m.LabelNamespace(ctx, fixtures.DataplaneLabel, "")
			m.Expect(m.Await(ctx, fixtures.Reverted, "server")).To(Succeed())
		}
		m.Expect(first.Rules).NotTo(BeZero(), "it was never captured")
		m.Eventually(residue).WithContext(ctx).WithArguments(m, server).Should(Succeed())
	},
	Breaks: []suites.Break{
		{Name: "keeps-listening", Faults: []string{"keeps-listening"}},
	},
}
