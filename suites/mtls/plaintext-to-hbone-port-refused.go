package mtls

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PlaintextToHBONEPortRefused speaks plaintext to the port that never may.
var PlaintextToHBONEPortRefused = suites.Check{
	Name:    "PlaintextToHBONEPortRefused",
	Summary: "The HBONE port serves nobody who speaks plaintext to it, while the app's own port does under PERMISSIVE",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		m.Served(ctx, outsider, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		m.By("showing that somebody listens on the HBONE port")
		m.Expect(handshake(ctx, m, outsider, server).URIs).To(ConsistOf(server.Identity()))
		for _, kind := range []probe.Kind{probe.TCP, probe.HTTP} {
			m.Denied(ctx, outsider, probe.To(kind, server.IP, hbonePort))
		}
	},
	Breaks: []suites.Break{
		{Name: "impostor", Old: impostorOld, New: impostorNew},
	},
}
