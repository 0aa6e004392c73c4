package mtls

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CrossNodeMTLS gathers the three independent kinds of evidence for two nodes; see proveMTLS.
var CrossNodeMTLS = suites.Check{
	Name:    "CrossNodeMTLS",
	Summary: "Traffic between captured workloads on different nodes is mutual TLS: capture, identities and certificate agree",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Once:    true, // it looks for a handshake, and connections between ztunnels stay
	Needs:   []suites.Feature{suites.TwoNodes},
	Verify:  func(ctx context.Context, m *fixtures.Mesh) { proveMTLS(ctx, m) },
	Breaks: []suites.Break{
		{Name: "capture-sees-nothing", Instrument: fixtures.CaptureSeesNothing},
		{Name: "plaintext-on-wire", Faults: []string{"plaintext-on-wire"}},
		{Name: "plaintext-and-log-lies", Faults: []string{"plaintext-on-wire", "log-lies"}},
		{Name: "client-cert-optional", Faults: []string{"client-cert-optional"}},
		{Name: "wrong-identity", Faults: []string{"wrong-identity"}},
		{Name: "rules-removed", Cause: cause.RulesMissing, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Uncapture: true}, "client")
		}},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}

// hbonePort is where ztunnel accepts HBONE in every captured pod.
const hbonePort = 15008

// proveMTLS sends one request between captured workloads and one between workloads outside the mesh, and looks at both
// from three sides that do not depend on each other: packets on the nodes, the peer that ztunnel logged, and the
// certificate that the server presents to anybody who asks.
func proveMTLS(ctx context.Context, m *fixtures.Mesh) { proveMTLSTo(ctx, m, m.Workload("server").IP) }

// proveMTLSTo does so for a call to any name or address of the server.
func proveMTLSTo(ctx context.Context, m *fixtures.Mesh, host string) {
	client, server := m.Workload("client"), m.Workload("server")
	outsider, bystander := m.Workload("outsider"), m.Workload("bystander")
	secret, control := "secret-of-"+m.Scene, "control-of-"+m.Scene
	since := time.Now()

	traffic := m.Record(ctx, "wire", []*fixtures.Workload{client, server, outsider, bystander}, func() {
		m.Served(ctx, outsider, probe.To(probe.TCP, bystander.IP, fixtures.TCPPort).Bearing(control), bystander)
		m.Served(ctx, client, probe.To(probe.TCP, host, fixtures.TCPPort).Bearing(secret), server)
	})
	m.Show("conversations", "%s", traffic)
	m.By("finding the control in the capture: it would have shown plaintext")
	m.Expect(traffic.Saw(control)).To(BeTrue(), "the capture did not see a request that was certainly in the clear:\n%s", traffic)
	m.By("finding HBONE, and nothing of the request, in the capture")
	m.Expect(traffic.Saw(secret)).To(BeFalse(), "the request is readable on the wire:\n%s", traffic)
	m.Expect(traffic.Bytes(client, server, fixtures.TCPPort)).To(BeZero(), "the app's port was spoken to directly:\n%s", traffic)
	m.Expect(traffic.TLS(client, server, hbonePort)).To(BeTrue(), "no TLS to port 15008:\n%s", traffic)

	access := m.Logged(ctx, client, server, since)
	m.Expect(access).To(HaveKeyWithValue("src.identity", client.Identity()))
	m.Expect(access).To(HaveKeyWithValue("dst.identity", server.Identity()))

	m.By("asking the server for its certificate")
	seen := m.Try(ctx, outsider, probe.To(probe.TLS, server.IP, hbonePort))
	m.Expect(seen.TLS).NotTo(BeNil(), "no TLS handshake: %s", seen)
	m.Expect(seen.TLS.URIs).To(ConsistOf(server.Identity()))
	m.Expect(seen.TLS.Version).To(Equal("1.3"))
	m.Expect(seen.TLS.ALPN).To(Equal("h2"))
	m.Expect(seen.TLS.ClientCertRequest).To(BeTrue(), "the server does not ask clients who they are")
}
