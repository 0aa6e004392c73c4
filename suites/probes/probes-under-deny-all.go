package probes

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesUnderDenyAll lets a policy admit nobody. Kubelet probes never meet it.
var ProbesUnderDenyAll = suites.Check{
	Name:    "ProbesUnderDenyAll",
	Summary: "Kubelet probes of every kind succeed on captured pods that a policy closes to everybody",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		everyKindPasses(ctx, m)
		request := probe.To(probe.TCP, m.Workload("secure").IP, fixtures.TCPPort)
		m.Served(ctx, m.Workload("client"), request, m.Workload("secure"))
		m.By("closing the namespace to everybody")
		m.Apply(ctx, "deny-all")
		m.Denied(ctx, m.Workload("client"), request)
		everyKindKeepsPassing(ctx, m)
	},
	Breaks: []suites.Break{
		{Name: "forgotten-by-the-node", Do: forgetEveryKind},
		{Name: "allows-everybody", Old: "spec: {}", New: "spec: {action: ALLOW, rules: [{}]}"},
	},
}
