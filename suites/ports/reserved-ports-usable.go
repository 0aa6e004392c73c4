package ports

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ReservedPortsUsable serves on ports that a sidecar keeps for itself.
var ReservedPortsUsable = suites.Check{
	Name:    "ReservedPortsUsable",
	Summary: "A captured app can serve on the ports that sidecars reserve: 15000, 15004, 15009, 15020, 15021 and 15090",
	Spec:    "https://istio.io/latest/docs/ops/deployment/application-requirements/",
	Claims:  []string{"app.reserved-ports"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		for _, port := range []int{15000, 15004, 15009, 15020, 15021, 15090} {
			request := probe.To(probe.TCP, server.IP, port)
			m.Served(ctx, client, request, server)
			m.Served(ctx, outsider, request, server)
		}
	},
	Breaks: []suites.Break{
		{Name: "port-not-served", Old: "tcp=15090", New: "tcp=15091"},
	},
}
