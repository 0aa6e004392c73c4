package mtls

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OldTLSRefused offers no newer version than a peer of ten years ago would.
var OldTLSRefused = suites.Check{
	Name:    "OldTLSRefused",
	Summary: "The HBONE port speaks TLS 1.3 and turns away a client that knows nothing newer than 1.2",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		m.Expect(handshake(ctx, m, outsider, server).Version).To(Equal("1.3"))
		old := probe.To(probe.TLS, server.IP, hbonePort)
		old.MaxTLS = "1.2"
		m.By("offering TLS 1.2 only")
		seen := m.Try(ctx, outsider, old)
		m.Expect(seen).To(fixtures.BeDenied(probe.Closed, probe.Reset))
		m.Expect(seen.TLS.Version).To(BeEmpty(), "the handshake came to an end all the same")
	},
	Breaks: []suites.Break{
		{Name: "impostor", Old: impostorOld, New: impostorNew},
	},
}
