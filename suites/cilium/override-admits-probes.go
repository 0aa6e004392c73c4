package cilium

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OverrideAdmitsProbes repairs what a default-deny policy did, by the documented policy limited to the check's namespace.
var OverrideAdmitsProbes = suites.Check{
	Name:    "OverrideAdmitsProbes",
	Summary: "The cluster-wide policy that admits 169.254.7.127 brings kubelet probes back to pods under default-deny",
	Spec:    prerequisites,
	Claims:  []string{"cilium.ccnp"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Apply(ctx, "deny")
		goNotReady(ctx, m, "default-deny", denied...)
		m.Apply(ctx, "override")
		goReady(ctx, m, "the override", denied...)
		staysReady(ctx, m, denied...)
	},
	Breaks: []suites.Break{
		{Name: "override-admits-another-address", Old: "169.254.7.127/32", New: "169.254.7.128/32", Cause: cause.NetworkPolicy},
	},
}
