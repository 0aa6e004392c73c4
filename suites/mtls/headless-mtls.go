package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HeadlessMTLS gathers the evidence of proveMTLS for a call by the name of a headless Service.
var HeadlessMTLS = suites.Check{
	Name:    "HeadlessMTLS",
	Summary: "Traffic to a workload by its headless Service's name is mutual TLS: capture, identities and certificate agree",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Once:    true, // it looks for a handshake, and connections between ztunnels stay
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		proveMTLSTo(ctx, m, "server."+m.Scene+".svc.cluster.local")
	},
	Breaks: []suites.Break{
		{Name: "plaintext-on-wire", Faults: []string{"plaintext-on-wire"}},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
