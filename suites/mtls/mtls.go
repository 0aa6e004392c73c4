// Package mtls asks whether what the mesh carries is encrypted and authenticated, on the wire and not by hearsay.
package mtls

import (
	"embed"

	"github.com/ambient-conformance/ambient-conformance/suites"
)

//go:embed *.yaml
var manifests embed.FS

// Area lists the checks of this folder in report order.
func Area() suites.Area {
	return suites.Area{
		Name:      "mtls",
		Manifests: manifests,
		Checks: []suites.Check{
			CrossNodeMTLS,
			SameNodeMTLS,
			StrictRefusesPlaintext,
			DisableDoesNotDisable,
			ServiceMTLS,
			HeadlessMTLS,
			MetricNamesBothIdentities,
			NeighboursHaveOwnIdentities,
			CertificateComesFromTheMeshCA,
			OldTLSRefused,
			ClientWithoutCertificateRefused,
			ForeignCertificateRefused,
			PlaintextToHBONEPortRefused,
			WorkloadStrict,
			PortLevelStrict,
			PortLevelPermissive,
			WorkloadOverridesNamespace,
			StrictSparesNoPath,
			MeshWideStrict,
		},
	}
}
