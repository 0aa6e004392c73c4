package probes

import (
	"context"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesUnderStrict runs pods with every kind of kubelet probe in a namespace that refuses plaintext from anybody.
var ProbesUnderStrict = suites.Check{
	Name:    "ProbesUnderStrict",
	Summary: "Kubelet probes of every kind succeed on captured pods under STRICT, and come from the documented address",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		everyKindPasses(ctx, m)
		m.By("showing that STRICT is in force: plaintext from outside the mesh is refused")
		m.Denied(ctx, m.Workload("outsider"), probe.To(probe.HTTP, m.Workload("web").IP, fixtures.HTTPPort))
		everyKindKeepsPassing(ctx, m)
	},
	Breaks: []suites.Break{
		{Name: "probe-captured", Faults: []string{"probe-captured"}},
		{Name: "forgotten-by-the-probe-set", Cause: cause.SetEntryMissing, Do: forget},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}

// forget takes a pod out of the probe set again and again until the check ends: istio-cni repairs the set when it hears
// of the pod, as it does when the kubelet finds the pod not ready.
func forget(ctx context.Context, m *fixtures.Mesh) {
	m.Observed(m.Await(ctx, fixtures.Ready, "web"))
	m.Sabotage(ctx, probe.Sabotage{Forget: true}, "web")
	pod := m.Workload("web")
	agent := m.NodeOf(pod).Agent
	go func() {
		for again := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-again.C {
			_ = agent.Sabotage(ctx, pod.UID, probe.Sabotage{Forget: true}) // fails while there is nothing to forget
		}
	}()
	m.Observed(m.Await(ctx, fixtures.NotReady, "web"))
}
