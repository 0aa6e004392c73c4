package probes

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesUnderPermissive runs the same pods where plaintext is admitted: a mesh that let probes through its proxy would
// keep them ready, yet show the app another prober than the documented one.
var ProbesUnderPermissive = suites.Check{
	Name:    "ProbesUnderPermissive",
	Summary: "Kubelet probes of every kind succeed on captured pods that admit plaintext, around the proxy and not through it",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		everyKindPasses(ctx, m)
		m.By("showing that plaintext from outside the mesh is admitted")
		web := m.Workload("web")
		m.Served(ctx, m.Workload("outsider"), probe.To(probe.HTTP, web.IP, fixtures.HTTPPort), web)
		everyKindKeepsPassing(ctx, m)
	},
	Breaks: []suites.Break{
		{Name: "forgotten-by-the-node", Do: forgetEveryKind},
		{Name: "wrong-port", Old: "tcpSocket: {port: 9090}", New: "tcpSocket: {port: 9999}"},
	},
}
