package lifecycle

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// IstiodRollingUpgrade replaces istiod by a new revision of its template under traffic.
var IstiodRollingUpgrade = suites.Check{
	Name:    "IstiodRollingUpgrade",
	Summary: "A rolling replacement of istiod fails no request between captured workloads, whose policy reaches them afterwards",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/control-plane/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "istiod upgrade", func() { m.Rollout(ctx, fixtures.Istiod) })
		stillMutual(ctx, m, client, server)
		m.By("changing policy by way of the new istiod")
		m.Apply(ctx, "deny")
		followed(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "nobody-denied", Old: "sa/client", New: "sa/nobody"},
	},
}
