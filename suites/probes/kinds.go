package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// everyKind are pods that between them carry every kind of probe: web has http by number, by named port and with a
// Host header, secure has https and tcp, rpc has grpc and exec; as startup, readiness or liveness probe.
var everyKind = []string{"web", "secure", "rpc"}

// everyKindPasses waits until all of these pods have started, are ready and are captured.
func everyKindPasses(ctx context.Context, m *fixtures.Mesh) {
	m.By("waiting for every pod to be ready by its own probes")
	m.Expect(m.AwaitRunning(ctx, everyKind...)).To(Succeed())
	m.Expect(m.Await(ctx, fixtures.Ready, everyKind...)).To(Succeed())
	m.Expect(m.AwaitCaptured(ctx, everyKind...)).To(Succeed())
}

// everyKindKeepsPassing sees no pod suffer for longer than any of the probes forgives, and new probes arrive from the
// right address. The first is asked of the API server: a pod that its liveness probe has restarted cannot be asked
// itself.
func everyKindKeepsPassing(ctx context.Context, m *fixtures.Mesh) {
	m.By("seeing kubelet probes go on, from the address that istio-cni gives them")
	since := time.Now()
	m.Consistently(ailing).WithContext(ctx).WithTimeout(5 * time.Second).WithArguments(m).Should(BeEmpty())
	for _, name := range everyKind {
		m.Eventually(kubeletSources).WithContext(ctx).WithTimeout(m.AtLeast(6*time.Second)).WithArguments(m, name, since).
			Should(And(Not(BeEmpty()), HaveEach(probe.KubeletAddress)), "kubelet probes of %s", name)
	}
}

// kubeletSources lists the addresses from which the kubelet probed a workload of the check since a moment.
func kubeletSources(ctx context.Context, m *fixtures.Mesh, name string, since time.Time) ([]string, error) {
	return m.Workload(name).KubeletSources(ctx, since)
}

// ailing names the pods that a probe holds not ready, or has restarted.
func ailing(ctx context.Context, m *fixtures.Mesh) []string {
	var names []string
	for _, name := range everyKind {
		pod := m.Pod(ctx, m.Workload(name))
		missing := fixtures.Ready(pod)
		if restarted(pod) == "" {
			missing = "restarted"
		}
		if missing != "" {
			names = append(names, name+": "+missing)
		}
	}
	return names
}

// restarted is met by a pod whose container the kubelet has started again.
func restarted(pod *corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		if status.RestartCount > 0 {
			return ""
		}
	}
	return "no container has been restarted"
}

// forgetProbes takes pods out of their nodes' probe sets, so that probes reach them like anybody's traffic, and again and
// again until the check ends: istio-cni repairs the set when it hears of a pod, as it does when its readiness changes.
func forgetProbes(ctx context.Context, m *fixtures.Mesh, names ...string) {
	m.Observed(m.Await(ctx, fixtures.Ready, names...))
	m.Sabotage(ctx, probe.Sabotage{Forget: true}, names...)
	for _, name := range names {
		pod := m.Workload(name)
		agent := m.NodeOf(pod).Agent
		go func() {
			again := time.NewTicker(50 * time.Millisecond)
			defer again.Stop()
			for ; ctx.Err() == nil; <-again.C {
				_ = agent.Sabotage(ctx, pod.UID, probe.Sabotage{Forget: true}) // fails while there is nothing to forget
			}
		}()
	}
}

// forgetEveryKind does so to all of these pods.
func forgetEveryKind(ctx context.Context, m *fixtures.Mesh) { forgetProbes(ctx, m, everyKind...) }
