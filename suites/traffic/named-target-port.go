package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// NamedTargetPort lets one Service port stand for different numbers in different pods.
var NamedTargetPort = suites.Check{
	Name:    "NamedTargetPort",
	Summary: "A Service port that names its target reaches each pod at the port which that pod gives the name",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		spread(ctx, m, "client", probe.To(probe.TCP, m.ClusterIP(ctx, "backends"), 80), "old", "new")
	},
	Breaks: []suites.Break{
		{Name: "target-by-number", Old: "targetPort: talk", New: "targetPort: 9090"},
		{Name: "named-otherwise", Old: "{name: talk, containerPort: 9191}", New: "{name: shout, containerPort: 9191}"},
	},
}
