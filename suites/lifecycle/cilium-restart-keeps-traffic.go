package lifecycle

import (
	"context"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CiliumRestartKeepsTraffic deletes every agent of Cilium under traffic: its programs stay in the kernel meanwhile.
var CiliumRestartKeepsTraffic = suites.Check{
	Name:    "CiliumRestartKeepsTraffic",
	Summary: "Restarting Cilium's agents fails no request of captured workloads, and leaves their mutual TLS in place",
	Spec:    "https://docs.cilium.io/en/stable/network/servicemesh/istio/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Needs:   []suites.Feature{suites.Cilium},
	Alone:   true,
	Budget:  4 * time.Minute,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "restart of Cilium", func() { m.RestartOn(ctx, fixtures.Cilium, "") })
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "server-flickers", Do: flicker},
	},
}
