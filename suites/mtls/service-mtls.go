package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ServiceMTLS gathers the evidence of proveMTLS for a call to a ClusterIP, which ztunnel has to resolve.
var ServiceMTLS = suites.Check{
	Name:    "ServiceMTLS",
	Summary: "Traffic to a Service's ClusterIP is mutual TLS: capture, identities and certificate of the backend agree",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Once:    true, // it looks for a handshake, and connections between ztunnels stay
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		proveMTLSTo(ctx, m, m.ClusterIP(ctx, "server"))
	},
	Breaks: []suites.Break{
		{Name: "plaintext-on-wire", Faults: []string{"plaintext-on-wire"}},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
