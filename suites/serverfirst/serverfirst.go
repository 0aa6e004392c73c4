// Package serverfirst asks whether protocols in which the server speaks first work through the mesh.
package serverfirst

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "serverfirst",
		Manifests: manifests,
		Checks: []suites.Check{
			BannerServerSpeaksFirst,
			MySQLServerSpeaksFirst,
			MailAndFilesServerSpeaksFirst,
			ServerFirstThroughService,
			ServerFirstUnderStrictWithPrincipal,
			OneByteBannerArrives,
			ServerClosesFirst,
			ClientResetReachesServer,
			ServerResetReachesClient,
			PortDeclarationDoesNotMatter,
			IdleServerFirstConnectionLives,
			BannerLatency,
		},
	}
}
