package lifecycle

import (
	"context"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CiliumRollingUpgrade replaces Cilium's agents node by node, by a change of their template, as an upgrade does.
var CiliumRollingUpgrade = suites.Check{
	Name:    "CiliumRollingUpgrade",
	Summary: "Rolling Cilium's agents over fails no request of captured workloads, and leaves their mutual TLS in place",
	Spec:    "https://docs.cilium.io/en/stable/operations/upgrade/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Needs:   []suites.Feature{suites.Cilium},
	Alone:   true,
	Budget:  4 * time.Minute,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "upgrade of Cilium", func() { m.Rollout(ctx, fixtures.Cilium) })
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "server-flickers", Do: flicker},
	},
}
