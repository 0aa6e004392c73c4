package lifecycle

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// IstiodRestartKeepsTraffic deletes istiod under traffic.
var IstiodRestartKeepsTraffic = suites.Check{
	Name:    "IstiodRestartKeepsTraffic",
	Summary: "Restarting istiod fails no request between captured workloads",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/control-plane/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		undisturbed(ctx, m, client, server, "istiod restart", func() { m.RestartOn(ctx, fixtures.Istiod, "") })
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "server-flickers", Do: flicker},
		suites.OpenConnectionsFallSilent,
	},
}
