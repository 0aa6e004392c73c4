package lifecycle

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ZtunnelRestartRecovers deletes the ztunnel under a stream of requests.
var ZtunnelRestartRecovers = suites.Check{
	Name:    "ZtunnelRestartRecovers",
	Summary: "After the restart of a node's ztunnel new connections work again, with mutual TLS and the right identities",
	Spec:    "https://istio.io/latest/docs/ambient/upgrade/helm/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		flow := under(ctx, m, client, server, hasty(server), func() { m.RestartOn(ctx, fixtures.Ztunnel, client.Node) })
		m.MeasureFlow("ztunnel restart", flow)
		stillMutual(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
