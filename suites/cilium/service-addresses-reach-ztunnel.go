package cilium

import (
	"context"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServiceAddressesReachZtunnel looks whether a Service is still one when ztunnel sees it. A load balancer in the client's
// sockets would have put a pod's address in its place, and with it whatever the mesh knows of the Service is lost.
var ServiceAddressesReachZtunnel = suites.Check{
	Name:    "ServiceAddressesReachZtunnel",
	Summary: "ztunnel sees the Service that a captured client connects to, not the pod that stands behind it",
	Spec:    "https://docs.cilium.io/en/stable/network/servicemesh/istio/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		m.Served(ctx, client, probe.To(probe.TCP, m.ClusterIP(ctx, "shop"), 80), server)
		m.Outbound(ctx, client, server, func(a fixtures.Access) bool { return strings.HasPrefix(a["dst.service"], "shop.") })
	},
	Breaks: []suites.Break{
		{Name: "service-selects-nobody", Old: "{selector: {app: server}", New: "{selector: {app: nobody}"},
	},
}
