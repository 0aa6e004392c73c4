package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MarkedSocketEscapes measures what is left to a container that its owner gave capabilities over the network. The
// figure is 1 when plaintext with the mark leaves the pod, which the STRICT server tells by refusing it, and 0 when
// the mesh carries it.
var MarkedSocketEscapes = suites.Check{
	Name:    "MarkedSocketEscapes",
	Summary: "What becomes of a socket with ztunnel's own mark in a container with NET_ADMIN: does it escape capture",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Denied(ctx, outsider, request)
		m.Served(ctx, client, request, server)
		request.Mark = ztunnelMark
		seen := m.Try(ctx, client, request)
		m.Show("with the mark", "%s", seen)
		m.Measure("marked sockets that escape capture", fixtures.Count(seen.Denied()), "of 1")
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
