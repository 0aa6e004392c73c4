// Package install asks what installing the mesh does to what runs already: it must do nothing.
package install

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "install",
		Manifests: manifests,
		Checks: []suites.Check{
			InstallKeepsTraffic,
			InstallLeavesPodsAlone,
			SystemPodsAreCritical,
			ControlPlaneStaysOutside,
			CNIDirectoriesAgree,
			ConflistIsChained,
		},
	}
}
