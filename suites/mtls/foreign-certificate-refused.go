package mtls

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ForeignCertificateRefused claims the very identity of a workload that may call, with nobody's signature.
var ForeignCertificateRefused = suites.Check{
	Name:    "ForeignCertificateRefused",
	Summary: "The HBONE port turns away a self-signed certificate that claims the identity of a workload of the mesh",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		forged := probe.To(probe.TLS, server.IP, hbonePort)
		forged.Claim = client.Identity()
		seen := knock(ctx, m, outsider, forged)
		m.Expect(seen.TLS.ClientCertRequest).To(BeTrue(), "the server never asked for the forged certificate")
		m.Expect(seen).To(fixtures.BeDenied(probe.Closed, probe.Reset))
	},
	Breaks: []suites.Break{
		{Name: "any-client-cert", Faults: []string{"any-client-cert"}},
		{Name: "client-cert-optional", Faults: []string{"client-cert-optional"}},
		{Name: "impostor", Old: impostorOld, New: impostorNew},
	},
}
