package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServiceSpreadsOverPods calls a Service again and again. ztunnel takes over from kube-proxy and must balance like it.
var ServiceSpreadsOverPods = suites.Check{
	Name:    "ServiceSpreadsOverPods",
	Summary: "Calls of a captured client to a Service reach every one of its pods, and nobody else",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		request := probe.To(probe.TCP, m.ClusterIP(ctx, "backends"), 80)
		spread(ctx, m, "client", request, "backend-0", "backend-1", "backend-2")
	},
	Breaks: []suites.Break{
		{Name: "one-pod-selected", Old: "selector: {role: backend}", New: "selector: {app: backend-0}"},
		{Name: "one-pod-missing", Old: "labels: {app: backend-2, role: backend}", New: "labels: {app: backend-2}"},
	},
}
