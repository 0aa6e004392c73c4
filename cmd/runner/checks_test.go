package main

import (
	"testing"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites/all"
)

// What is documented to fail is not waited for as if it were to come; everything else is.
func TestWaitsInVainAreShort(t *testing.T) {
	for _, row := range []struct {
		variant, check string
		prove          bool
		want           fixtures.Waits
	}{
		{"cilium", "ProbesUnderStrict", false, fixtures.Waits{}},
		{"cilium-bpf-masquerade", "SameNodeMTLS", false, fixtures.Waits{}},
		{"cilium-bpf-masquerade", "ProbesUnderStrict", false, fixtures.Hurried},
		{"cilium-bpf-masquerade", "AlwaysEnforcedBlocksProbes", false, fixtures.Alone},
		{"cilium", "SameNodeMTLS", true, fixtures.Hurried},
	} {
		t.Run(row.variant+" "+row.check, func(t *testing.T) {
			r := &run{
				options: options{cni: row.variant, nodes: 2}, purpose: purpose{prove: row.prove},
				catalogue: all.Catalogue(), selected: all.Catalogue().Names(),
			}
			found := false
			for _, trial := range r.trials() {
				if trial.Check.Name != row.check || trial.Break != nil {
					continue
				}
				found = true
				if trial.Waits != row.want {
					t.Errorf("waits are %+v, want %+v", trial.Waits, row.want)
				}
			}
			if !found {
				t.Error("the check does not run")
			}
		})
	}
}
