package mtls

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ClientWithoutCertificateRefused shakes hands with the HBONE port as a client that cannot say who it is.
var ClientWithoutCertificateRefused = suites.Check{
	Name:    "ClientWithoutCertificateRefused",
	Summary: "The HBONE port demands a certificate and turns away a client that has none",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		seen := knock(ctx, m, outsider, probe.To(probe.TLS, server.IP, hbonePort))
		m.Expect(seen.TLS.ClientCertRequest).To(BeTrue(), "the server does not ask clients who they are")
		m.Expect(seen).To(fixtures.BeDenied(probe.Closed, probe.Reset))
	},
	Breaks: []suites.Break{
		{Name: "any-client-cert", Faults: []string{"any-client-cert"}},
		{Name: "server-of-no-ca", Cause: cause.Certificate, Faults: []string{"self-signed"}},
		{Name: "client-cert-optional", Faults: []string{"client-cert-optional"}},
		{Name: "impostor", Old: impostorOld, New: impostorNew},
	},
}
