package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HBONEPortIsNoService hides ztunnel's own ports behind ordinary port numbers of a Service, so that only the
// destination's ztunnel can tell.
var HBONEPortIsNoService = suites.Check{
	Name:    "HBONEPortIsNoService",
	Summary: "A Service cannot lead into ztunnel's own ports of a captured pod, while its other ports work",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		address := m.ClusterIP(ctx, "server")
		for _, from := range []*fixtures.Workload{client, outsider} {
			m.Served(ctx, from, probe.To(probe.TCP, address, 80), server)
			for _, port := range []int{81, 82, 83} {
				m.Denied(ctx, from, probe.To(probe.TCP, address, port))
			}
		}
	},
	Breaks: []suites.Break{
		{Name: "ports-served-by-app", Old: `{app: server}, annotations: {conformance.ambient/node: "1"}}
spec:
  serviceAccountName: server
  containers: [{name: agent}]`, New: `{app: server, istio.io/dataplane-mode: none}, annotations: {conformance.ambient/node: "1"}}
spec:
  serviceAccountName: server
  containers: [{name: agent, args: [serve, tcp=9090, tcp=15001, tcp=15006, tcp=15008]}]`},
	},
}
