// Package traffic asks whether the mesh carries traffic faithfully: names, addresses, and the way connections end.
package traffic

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "traffic",
		Manifests: manifests,
		Checks: []suites.Check{
			ServiceNamesResolve,
			SourceAddressKept,
			HalfCloseSurvives,
			HeadlessNamesResolveToPods,
			SRVRecordsResolve,
			ExternalNamesResolve,
			SearchPathsResolve,
			UnknownNamesDoNotResolve,
			PayloadsAroundMTU,
			LargeTransferIsIntact,
			ServiceSpreadsOverPods,
			NotReadyPodsGetNoTraffic,
			ManyConnectionsAtOnce,
			HostNetworkBothWays,
			SelfCallsWork,
			NamedTargetPort,
			UDPServiceWorks,
			OverlayCost,
		},
	}
}
