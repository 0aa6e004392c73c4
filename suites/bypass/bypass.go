// Package bypass asks whether a container can get around the mesh.
package bypass

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "bypass",
		Manifests: manifests,
		Checks: []suites.Check{
			UID1337StaysCaptured,
			SidecarExclusionsIgnored,
			InitContainerIsCaptured,
			MarkNeedsCapability,
			MarkedSocketEscapes,
			BorrowedProbeAddress,
			UDPIsNotCaptured,
			LoopbackIsNotCaptured,
			ProxyPortsAreNoRelay,
			HBONEPortIsNoService,
			HostProcessUnderStrict,
		},
	}
}
