package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// UID1337StaysCaptured sends as the user that sidecars exempt from capture. The server refuses plaintext, so that being
// served proves that the request went through the mesh.
var UID1337StaysCaptured = suites.Check{
	Name:    "UID1337StaysCaptured",
	Summary: "A process that runs as user 1337, which escapes a sidecar, does not escape ambient capture",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("showing that the server refuses plaintext")
		m.Denied(ctx, outsider, request)
		m.Served(ctx, client, request, server)
		request.UID = 1337
		m.Served(ctx, client, request, server)
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}
