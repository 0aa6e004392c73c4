// Package authz asks whether ztunnel enforces authorization policy on what it can see: identities, addresses and ports.
package authz

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "authz",
		Manifests: manifests,
		Checks: []suites.Check{
			AllowByPrincipal,
			DenyOverAllow,
			PolicyChangeClosesConnections,
			TruthTable,
			AllowNothingDeniesAll,
			EmptyRuleAllowsAll,
			AllowByNamespace,
			AllowByServiceAccount,
			AllowByIPBlock,
			DenyByPort,
			RootPolicyReachesNamespaces,
			SelectorIsNamespaceLocal,
			HTTPFieldsFailClosed,
			DenyOfHTTPOnlyKeepsItsScope,
			PolicyStatusTellsUnsupported,
			DenialIsLogged,
			DryRunDeniesNobody,
			PolicyOnServiceTraffic,
			RemovedPolicyReadmits,
			TimeToEnforce,
		},
	}
}
