package mtls

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DisableDoesNotDisable asks for no mTLS, which sidecars grant and ambient mode does not know.
var DisableDoesNotDisable = suites.Check{
	Name:    "DisableDoesNotDisable",
	Summary: "PeerAuthentication mode DISABLE does not take mutual TLS away between captured workloads",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		since := time.Now()
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		access := m.Logged(ctx, client, server, since)
		m.Expect(access).To(HaveKeyWithValue("src.identity", client.Identity()), "the connection came without an identity")
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
