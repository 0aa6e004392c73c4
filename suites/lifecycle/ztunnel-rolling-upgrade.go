package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ZtunnelRollingUpgrade replaces every ztunnel, node by node, under a stream of requests.
var ZtunnelRollingUpgrade = suites.Check{
	Name:    "ZtunnelRollingUpgrade",
	Summary: "A rolling replacement of all ztunnels ends with mutual TLS and the right identities between the same pods",
	Spec:    "https://istio.io/latest/docs/ambient/upgrade/helm/",
	Claims:  []string{"overlay.mtls", "app.unmodified"},
	Level:   suites.Extended,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		before := m.Pod(ctx, server).Status.ContainerStatuses[0].RestartCount
		flow := under(ctx, m, client, server, hasty(server), func() { m.Rollout(ctx, fixtures.Ztunnel) })
		m.MeasureFlow("ztunnel upgrade", flow)
		stillMutual(ctx, m, client, server)
		m.Expect(m.Pod(ctx, server).Status.ContainerStatuses[0].RestartCount).To(Equal(before), "the app was restarted")
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
