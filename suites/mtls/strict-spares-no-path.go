package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// StrictSparesNoPath tries every address by which a workload can be called.
var StrictSparesNoPath = suites.Check{
	Name:    "StrictSparesNoPath",
	Summary: "Under STRICT, plaintext is refused by pod IP, by ClusterIP and by headless name, while mesh clients are served by all",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		hosts := []string{server.IP, m.ClusterIP(ctx, "server"), "headless." + m.Scene + ".svc.cluster.local"}
		for _, host := range hosts {
			request := probe.To(probe.TCP, host, fixtures.TCPPort)
			m.Served(ctx, client, request, server)
			m.Denied(ctx, outsider, request)
		}
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
