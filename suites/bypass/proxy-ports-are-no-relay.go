package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProxyPortsAreNoRelay connects to ztunnel's own listeners in another pod. A call to one of them has no original
// destination but the listener itself, which ztunnel must refuse to call.
var ProxyPortsAreNoRelay = suites.Check{
	Name:    "ProxyPortsAreNoRelay",
	Summary: "ztunnel's own ports in a captured pod relay nothing for other pods, whether inside or outside the mesh",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		for _, from := range []*fixtures.Workload{client, outsider} {
			m.Served(ctx, from, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
			for _, port := range proxyPorts {
				m.Denied(ctx, from, probe.To(probe.TCP, server.IP, port))
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

// proxyPorts are ztunnel's listeners in a captured pod: outbound, inbound plaintext, HBONE.
var proxyPorts = []int{15001, 15006, 15008}
