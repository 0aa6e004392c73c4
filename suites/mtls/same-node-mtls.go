package mtls

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SameNodeMTLS gathers the three independent kinds of evidence for one node; see proveMTLS.
var SameNodeMTLS = suites.Check{
	Name:    "SameNodeMTLS",
	Summary: "Traffic between captured workloads on one node is mutual TLS too: there is no short cut",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Once:    true, // it looks for a handshake, and connections between ztunnels stay
	Verify:  func(ctx context.Context, m *fixtures.Mesh) { proveMTLS(ctx, m) },
	Breaks: []suites.Break{
		{Name: "ztunnel-away", Alone: true, Cause: cause.ZtunnelNotReady, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.KeepAway(ctx, fixtures.Ztunnel, m.Workload("client").Node))
		}},
		{Name: "plaintext-on-wire", Faults: []string{"plaintext-on-wire"}},
		{Name: "same-node-plaintext", Faults: []string{"same-node-plaintext"}},
		{Name: "wrong-identity", Faults: []string{"wrong-identity"}},
		{Name: "hbone-lost", Patient: true, Cause: cause.HBONEBlocked, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Port: hbonePort}}, "server")
		}},
		{Name: "hbone-lost-under-network-policy", Patient: true, Cause: cause.NetworkPolicy, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Apply(ctx, "sabotage")
			m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Port: hbonePort}}, "server") // whether the CNI enforces policy or not
		}},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
