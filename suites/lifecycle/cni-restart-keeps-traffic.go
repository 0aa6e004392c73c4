package lifecycle

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CNIRestartKeepsTraffic deletes every istio-cni pod under traffic.
var CNIRestartKeepsTraffic = suites.Check{
	Name:    "CNIRestartKeepsTraffic",
	Summary: "Restarting istio-cni fails no request of captured workloads, on new connections or on one that stays open",
	Spec:    "https://istio.io/latest/docs/ambient/upgrade/helm/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "istio-cni restart", func() { m.RestartOn(ctx, fixtures.NodeCNI, "") })
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "server-flickers", Do: flicker},
	},
}
