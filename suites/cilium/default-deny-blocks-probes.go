package cilium

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DefaultDenyBlocksProbes applies a default-deny policy of either kind to captured pods, and to one outside of the mesh, whose
// probes Cilium knows as the node's own.
var DefaultDenyBlocksProbes = suites.Check{
	Name:    "DefaultDenyBlocksProbes",
	Summary: "A default-deny policy keeps kubelet probes from captured pods, and from no others",
	Spec:    prerequisites,
	Claims:  []string{"cilium.default-deny"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Apply(ctx, "deny")
		goNotReady(ctx, m, "default-deny", denied...)
		staysReady(ctx, m, "uncaptured")
	},
	Breaks: []suites.Break{
		{Name: "policy-admits-everybody", Old: "ingress: []", New: "ingress: [{}]"},
		{Name: "cilium-policy-admits-everybody", Old: "ingress: [{}]", New: "ingress: [{fromEntities: [all]}]"},
	},
}
