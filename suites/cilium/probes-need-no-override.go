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
		m.Expect(m.AwaitRunning(ctx, pods...)).To(Succeed())
		web, since := m.Workload("web"), time.Now()
		var late error
		probes := m.Record(ctx, "probes", []*fixtures.Workload{web}, func() {
			if late = m.Await(ctx, fixtures.Ready, pods...); late == nil {
				late = awaitProbe(ctx, web, since)
			}
		})
		m.Show("where answers to probes of web passed", "%s", wayOf(ctx, m, probes, web.IP, probe.KubeletAddress))
		m.Expect(late).To(Succeed())
		m.Eventually(web.KubeletSources).WithContext(ctx).WithArguments(since).Should(HaveEach(probe.KubeletAddress))
		staysReady(ctx, m, pods...)
	},
	Breaks: []suites.Break{
		{Name: "forgotten-by-the-probe-set", Cause: cause.SetEntryMissing, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Observed(m.Await(ctx, fixtures.Ready, "web"))
			m.Sabotage(ctx, probe.Sabotage{Forget: true}, "web")
		}},
	},
}

// awaitProbe waits until a workload has been probed since a moment.
func awaitProbe(ctx context.Context, w *fixtures.Workload, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return fixtures.Poll(ctx, func(ctx context.Context) (string, error) {
		sources, err := w.KubeletSources(ctx, since)
		if err == nil && len(sources) == 0 {
			return "no probe reached the app of " + w.Name, nil
		}
		return "", err
	})
}
