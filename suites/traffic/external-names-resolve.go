package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ExternalNamesResolve follows an ExternalName Service, which the mesh does not know, to a Service that it does.
var ExternalNamesResolve = suites.Check{
	Name:    "ExternalNamesResolve",
	Summary: "A captured client resolves an ExternalName Service to what it stands for, and reaches that",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		resolves(ctx, m, "client", "alias", m.ClusterIP(ctx, "server"))
		m.Served(ctx, m.Workload("client"), probe.To(probe.TCP, "alias", 80), m.Workload("server"))
	},
	Breaks: []suites.Break{
		{Name: "stands-for-nobody", Old: "externalName: server.", New: "externalName: nobody."},
		{Name: "selector-matches-nothing", Old: "selector: {app: server}", New: "selector: {app: nobody}"},
	},
}
