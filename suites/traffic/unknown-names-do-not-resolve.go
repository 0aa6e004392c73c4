package traffic

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UnknownNamesDoNotResolve asks for names that nobody has. A resolver that fails or is silent would cost each client
// its patience.
var UnknownNamesDoNotResolve = suites.Check{
	Name:    "UnknownNamesDoNotResolve",
	Summary: "A captured client learns at once that a name does not exist, be it short, of the cluster, or from outside",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		resolves(ctx, m, "client", "somebody", m.ClusterIP(ctx, "somebody"))
		for kind, name := range map[string]string{
			"short":       "nobody",
			"cluster":     "nobody." + m.Scene + ".svc.cluster.local.",
			"the outside": "nobody.invalid.",
		} {
			outcome := m.Try(ctx, m.Workload("client"), probe.Probe{Kind: probe.DNS, Target: name})
			m.Expect(outcome.Verdict).To(Equal(probe.Garbled), "%s: %s", name, outcome)
			m.Expect(outcome.Detail).To(ContainSubstring("no such host"))
			m.Measure("no such name, "+kind, outcome.Latency.Seconds()*1000, "ms")
		}
	},
	Breaks: []suites.Break{
		{Name: "dns-capture-broken", Faults: []string{"dns-capture-broken"}},
		{Name: "nobody-exists", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Apply(ctx, "sabotage")
			resolves(ctx, m, "client", "nobody", m.ClusterIP(ctx, "nobody"))
		}},
	},
}
