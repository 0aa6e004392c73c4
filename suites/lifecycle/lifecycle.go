// Package lifecycle asks what becomes of workloads while parts of the mesh restart, are replaced or are missing.
package lifecycle

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "lifecycle",
		Manifests: manifests,
		Checks: []suites.Check{
			UninstallLeavesNoResidue,
			ZtunnelRestartRecovers,
			ZtunnelRollingUpgrade,
			FailsClosedWithoutZtunnel,
			PolicyHoldsAcrossZtunnelRestart,
			ProbesSurviveRestarts,
			CNIRollingUpgrade,
			CNIRestartKeepsTraffic,
			PodBornWhileCNIDown,
			ChurnMissesNobody,
			CompletedPodsAreReleased,
			IstiodRestartKeepsTraffic,
			IstiodRollingUpgrade,
			IstiodDownKeepsMesh,
			CiliumRestartKeepsTraffic,
			CiliumRollingUpgrade,
			PodsBornWhileCiliumRestarts,
			UninstallAfterRestart,
		},
	}
}
