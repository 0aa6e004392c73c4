package cilium

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesNeedNoOverride runs captured pods while no policy denies anything and none admits the probes' address.
var ProbesNeedNoOverride = suites.Check{
	Name:    "ProbesNeedNoOverride",
	Summary: "While nothing denies by default, kubelet probes of captured pods succeed without any policy that admits them",
	Spec:    prerequisites,
	Claims:  []string{"cilium.ccnp-unneeded", "cilium.iptables-masquerade", "cilium.bpf-masquerade"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		pods := []string{"web", "plain", "rpc"}
		m.Expect(m.Await(ctx, fixtures.Ready, pods...)).To(Succeed())
		staysReady(ctx, m, pods...)
		since := time.Now()
		m.Eventually(func(ctx context.Context) ([]string, error) {
			return m.Workload("web").KubeletSources(ctx, since)
		}).WithContext(ctx).Should(And(Not(BeEmpty()), HaveEach(ambientProbeSource)))
	},
	Breaks: []suites.Break{
		{Name: "forgotten-by-the-probe-set", Cause: cause.SetEntryMissing, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Forget: true}, "web")
		}},
	},
}
