// Package cilium asks what ambient mode and Cilium make of each other: its policies, which see HBONE instead of the
// applications' ports; its exemption of kubelet probes, which does not know ambient's address for them; and its agents,
// which own the configuration that istio-cni is chained into.
package cilium

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "cilium",
		Manifests: manifests,
		Checks: []suites.Check{
			ProbesNeedNoOverride,
			DefaultDenyBlocksProbes,
			OverrideAdmitsProbes,
			OverrideIsolatesNothing,
			AlwaysEnforcedBlocksProbes,
			PolicySeesOnlyHBONE,
			MinimalEgressSuffices,
			PolicyTableFollowsEnrolment,
			ServiceAddressesReachZtunnel,
		},
	}
}

// needsCilium is what every check of this area needs.
var needsCilium = []suites.Feature{suites.Cilium}

const (
	prerequisites = "https://istio.io/latest/docs/ambient/install/platform-prerequisites/#cilium"
	networkPolicy = "https://istio.io/latest/docs/ambient/usage/networkpolicy/"
)
