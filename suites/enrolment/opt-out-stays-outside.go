package enrolment

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OptOutStaysOutside looks for any sign of the mesh on a pod that opted out of a labelled namespace.
var OptOutStaysOutside = suites.Check{
	Name:    "OptOutStaysOutside",
	Summary: "A pod labelled none in a labelled namespace stays outside the mesh altogether, and reachable",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.enrol-workload", "app.enrol-namespace"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, outside := m.Workload("client"), m.Workload("outside")
		m.Served(ctx, client, probe.To(probe.TCP, outside.IP, fixtures.TCPPort), outside)
		m.Expect(residue(ctx, m, client)).NotTo(Succeed(), "the neighbour is not captured either: nothing could be told")
		m.Expect(fixtures.Reverted(m.Pod(ctx, outside))).To(BeEmpty())
		m.Consistently(residue).WithContext(ctx).WithArguments(m, outside).Should(Succeed())
	},
	Breaks: []suites.Break{
		{Name: "not-opted-out", Old: "{app: outside, istio.io/dataplane-mode: none}", New: "{app: outside}"},
	},
}
