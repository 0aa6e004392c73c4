package lifecycle

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CNIRollingUpgrade replaces istio-cni node by node under traffic.
var CNIRollingUpgrade = suites.Check{
	Name:    "CNIRollingUpgrade",
	Summary: "A rolling replacement of istio-cni fails no request of captured workloads and leaves them captured",
	Spec:    "https://istio.io/latest/docs/ambient/upgrade/helm/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "istio-cni upgrade", func() { m.Rollout(ctx, fixtures.NodeCNI) })
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "server-flickers", Do: flicker},
	},
}
