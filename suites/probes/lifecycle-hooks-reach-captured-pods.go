package probes

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// LifecycleHooksReachCapturedPods has the kubelet call a captured pod when a container starts and before it is
// stopped. A container whose start hook fails is killed, so a mesh that turns hooks away keeps the pod from ever
// running.
var LifecycleHooksReachCapturedPods = suites.Check{
	Name:    "LifecycleHooksReachCapturedPods",
	Summary: "http hooks of captured pods, after start and before stop, reach the app under STRICT",
	Spec:    "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/",
	Claims:  []string{"probes.health"},
	Level:   suites.Extended,
	Once:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Expect(m.Await(ctx, fixtures.Ready, "hooked")).To(Succeed())
		m.Expect(m.AwaitCaptured(ctx, "hooked")).To(Succeed())
		hooked := m.Workload("hooked")
		m.Eventually(hooksCalled).WithContext(ctx).WithTimeout(m.AtLeast(5 * time.Second)).WithArguments(hooked).Should(ContainElement("/started"))
		m.Denied(ctx, m.Workload("outsider"), probe.To(probe.HTTP, hooked.IP, fixtures.HTTPPort))

		m.By("having the kubelet stop the container, by failing its liveness probe")
		m.Observed(hooked.Agent.SetHealth(ctx, false))
		m.Eventually(hooksCalled).WithContext(ctx).WithTimeout(m.AtLeast(8 * time.Second)).WithArguments(hooked).Should(ContainElement("/stopping"))
	},
	Breaks: []suites.Break{
		{Name: "stop-hook-elsewhere", Old: "path: /stopping", New: "path: /"},
		{Name: "probe-captured", Faults: []string{"probe-captured"}},
	},
}

// hooksCalled lists the paths that the kubelet has called as hooks.
func hooksCalled(ctx context.Context, w *fixtures.Workload) ([]string, error) {
	contacts, err := w.Contacts(ctx)
	var paths []string
	for _, contact := range contacts {
		if strings.HasPrefix(contact.UserAgent, "kube-lifecycle/") {
			paths = append(paths, contact.Path)
		}
	}
	return paths, err
}
