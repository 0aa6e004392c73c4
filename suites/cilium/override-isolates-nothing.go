package cilium

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OverrideIsolatesNothing applies the policy exactly as documented, for every pod of the cluster.
var OverrideIsolatesNothing = suites.Check{
	Name:    "OverrideIsolatesNothing",
	Summary: "The cluster-wide policy that admits kubelet probes keeps nobody from anything, inside the mesh or outside",
	Spec:    prerequisites,
	Claims:  []string{"cilium.ccnp", "cilium.ccnp-unneeded"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Alone:   true, // it selects everybody
	Serial:  true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		reach := func(ctx context.Context) (refused []string, err error) {
			for _, from := range m.Workloads() {
				for _, to := range m.Workloads() {
					request := probe.To(probe.TCP, to.IP, fixtures.TCPPort)
					request.Timeout = probe.PatientTimeout
					outcome, err := from.Probe(ctx, request)
					if err != nil {
						return nil, err
					}
					if from != to && outcome.Verdict != probe.Served {
						refused = append(refused, from.Name+" → "+to.Name)
					}
				}
			}
			return refused, nil
		}
		m.Eventually(reach).WithContext(ctx).Should(BeEmpty())
		m.Apply(ctx, "override")
		m.Consistently(reach).WithContext(ctx).WithTimeout(4 * time.Second).Should(BeEmpty())
	},
	Breaks: []suites.Break{
		{Name: "override-denies-by-default", Old: "ingress: false", New: "ingress: true", Alone: true},
	},
}
