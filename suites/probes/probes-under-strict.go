package probes

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesUnderStrict runs pods with every kind of kubelet probe in a namespace that refuses plaintext from anybody.
var ProbesUnderStrict = suites.Check{
	Name:    "ProbesUnderStrict",
	Summary: "Kubelet probes of every kind succeed on captured pods under STRICT, and come from the documented address",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		everyKindPasses(ctx, m)
		m.By("showing that STRICT is in force: plaintext from outside the mesh is refused")
		m.Denied(ctx, m.Workload("outsider"), probe.To(probe.HTTP, m.Workload("web").IP, fixtures.HTTPPort))
		everyKindKeepsPassing(ctx, m)
	},
	Breaks: []suites.Break{
		{Name: "probe-captured", Faults: []string{"probe-captured"}},
		{Name: "forgotten-by-the-probe-set", Cause: cause.SetEntryMissing, Do: func(ctx context.Context, m *fixtures.Mesh) {
			forgetProbes(ctx, m, "web")
			m.Observed(m.Await(ctx, fixtures.NotReady, "web"))
		}},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}
