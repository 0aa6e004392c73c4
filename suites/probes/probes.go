// Package probes asks whether kubelet health checks keep telling the truth about captured pods.
package probes

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "probes",
		Manifests: manifests,
		Checks: []suites.Check{
			ProbesUnderStrict,
			DeadAppBecomesNotReady,
			ProbesUnderPermissive,
			ProbesUnderDenyAll,
			ProbesComeFromTheProbeAddress,
			LifecycleHooksReachCapturedPods,
			FailedLivenessRestarts,
			StartupProbeGatesReadiness,
			SteadyProbesNeverFail,
			ProbePathIsNotAnOpenDoor,
		},
	}
}
