package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SidecarExclusionsIgnored carries every annotation by which a workload exempts itself from a sidecar. The server
// refuses plaintext, so that the client is served only through the mesh and the outsider not at all.
var SidecarExclusionsIgnored = suites.Check{
	Name:    "SidecarExclusionsIgnored",
	Summary: "Annotations and labels that exempt traffic from sidecars exempt nothing from ambient capture",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("showing that no inbound port is exempt")
		m.Denied(ctx, outsider, request)
		m.By("showing that no outbound port, address or pod is exempt")
		m.Served(ctx, client, request, server)
	},
	Breaks: []suites.Break{
		{Name: "inbound-exclusions-honoured", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Uncapture: true}, "server")
		}},
		{Name: "outbound-exclusions-honoured", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Uncapture: true}, "client")
		}},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "client-opted-out", Old: "app: client}", New: "app: client, istio.io/dataplane-mode: none}"},
	},
}
