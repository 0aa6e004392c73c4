// Package ports asks which ports an app may use that a sidecar would take.
package ports

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "ports",
		Manifests: manifests,
		Checks: []suites.Check{
			ReservedPortsUsable,
			ReservedPortSweep,
			ProxyPortsStayTaken,
		},
	}
}
