package probes

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesUnderStrict runs pods with every kind of kubelet probe in a namespace that refuses plaintext from anybody.
var ProbesUnderStrict = suites.Check{
	Name:    "ProbesUnderStrict",
	Summary: "http, tcp, grpc, exec and startup probes of captured pods succeed under STRICT, from the documented address",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("waiting for every pod to be ready by its own probe")
		m.Expect(m.Await(ctx, fixtures.Ready, "http", "tcp", "grpc", "exec", "startup")).To(Succeed())
		m.Expect(m.AwaitCaptured(ctx, "http", "tcp", "grpc", "exec", "startup")).To(Succeed())

		m.By("showing that STRICT is in force: plaintext from outside the mesh is refused")
		m.Denied(ctx, m.Workload("outsider"), probe.To(probe.HTTP, m.Workload("http").IP, fixtures.HTTPPort))

		m.By("seeing kubelet probes arrive, under STRICT, from the address that istio-cni gives them")
		m.Eventually(kubeletSources).WithContext(ctx).WithArguments(m, "http").Should(ContainElement(probeSource))
		m.Consistently(unready).WithContext(ctx).WithArguments(m).Should(BeEmpty())
	},
	Breaks: []suites.Break{
		{Name: "probe-captured", Faults: []string{"probe-captured"}},
		{Name: "forgotten-by-the-probe-set", Cause: cause.SetEntryMissing, Do: forget},
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}

// probeSource is where istio-cni lets kubelet probes come from, so that in-pod rules can tell them apart.
const probeSource = "169.254.7.127"

// kubeletSources lists the addresses from which the kubelet probed a workload since it was last asked to forget.
func kubeletSources(ctx context.Context, m *fixtures.Mesh, name string) ([]string, error) {
	contacts, err := m.Workload(name).Contacts(ctx)
	if err != nil {
		return nil, err
	}
	var sources []string
	for _, contact := range contacts {
		if strings.HasPrefix(contact.UserAgent, "kube-probe/") && contact.At.After(m.Started) {
			sources = append(sources, fixtures.HostOf(contact.Source))
		}
	}
	return sources, nil
}

// unready names the pods whose own probe does not succeed now.
func unready(ctx context.Context, m *fixtures.Mesh) []string {
	var names []string
	for _, name := range []string{"http", "tcp", "grpc", "exec", "startup"} {
		if missing := fixtures.Ready(m.Pod(ctx, m.Workload(name))); missing != "" {
			names = append(names, name+": "+missing)
		}
	}
	return names
}

// forget takes a pod out of the probe set again and again until the check ends: istio-cni repairs the set when it hears
// of the pod, as it does when the kubelet finds the pod not ready.
func forget(ctx context.Context, m *fixtures.Mesh) {
	m.Observed(m.Await(ctx, fixtures.Ready, "http"))
	m.Sabotage(ctx, probe.Sabotage{Forget: true}, "http")
	pod := m.Workload("http")
	agent := m.NodeOf(pod).Agent
	go func() {
		for again := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-again.C {
			_ = agent.Sabotage(ctx, pod.UID, probe.Sabotage{Forget: true}) // fails while there is nothing to forget
		}
	}()
	m.Observed(m.Await(ctx, fixtures.NotReady, "http"))
}
