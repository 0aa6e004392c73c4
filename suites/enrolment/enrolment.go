// Package enrolment asks how workloads join the mesh and leave it again.
package enrolment

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "enrolment",
		Manifests: manifests,
		Checks: []suites.Check{
			EnrolNamespace,
			EnrolWorkload,
			RevertLeavesNoResidue,
			OptOutStaysOutside,
			HostNetworkPodsStayOutside,
			EnrolCyclesLeaveOneRuleSet,
			EnrolUnderTraffic,
			OpenConnectionsAtEnrolment,
			NewSandboxIsCapturedAgain,
			NewPodsJoinAtBirth,
			RemovedAnnotationHasNoEffect,
		},
	}
}
