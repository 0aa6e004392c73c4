package lifecycle

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PodBornWhileCNIDown creates a pod of the mesh while no istio-cni runs. Its plugin must hold the sandbox back until
// there is an istio-cni to tell; a kubelet tries again at intervals that grow beyond ten seconds.
var PodBornWhileCNIDown = suites.Check{
	Name:    "PodBornWhileCNIDown",
	Summary: "A pod that is created while istio-cni is away never runs outside the mesh, and joins it afterwards",
	Spec:    "https://istio.io/latest/docs/setup/additional-setup/cni/",
	Claims:  []string{"app.no-bypass", "app.enrol-namespace"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client := m.Workload("client")
		back := m.Withhold(ctx, fixtures.NodeCNI)
		defer m.PutBack(back)
		m.Apply(ctx, "birth")
		m.Consistently(slipped).WithContext(ctx).WithArguments(m, "newborn").WithTimeout(4 * time.Second).Should(BeEmpty())

		m.By("bringing istio-cni back")
		m.Observed(back())
		joined := time.Now()
		m.Eventually(missing).WithContext(ctx).WithArguments(m, "newborn").WithTimeout(sandboxRetry).Should(BeEmpty())
		m.Measure("from istio-cni's return to a captured pod", time.Since(joined).Seconds(), "s")
		m.Expect(m.Await(ctx, fixtures.Ready, "newborn")).To(Succeed())
		m.Expect(m.AwaitCaptured(ctx, "newborn")).To(Succeed()) // its peers learn of it from istiod, a moment later
		stillMutual(ctx, m, client, m.Workload("newborn"))
	},
	Breaks: []suites.Break{
		{Name: "newborn-opted-out", Old: "{app: newborn}", New: "{app: newborn, istio.io/dataplane-mode: none}"},
	},
}

// sandboxRetry is longer than a kubelet waits before it tries a refused sandbox once more.
const sandboxRetry = 75 * time.Second

// missing says what a pod lacks until it is ready and captured; that it runs outside the mesh ends the wait.
func missing(ctx context.Context, m *fixtures.Mesh, name string) (string, error) {
	outside, err := slipped(ctx, m, name)
	if err != nil {
		return "", err
	}
	if outside != "" {
		return "", StopTrying(outside)
	}
	pod, err := m.Kube.Pod(ctx, m.Scene, name)
	if err != nil {
		return "", err
	}
	if late := fixtures.Enrolled(pod); late != "" {
		return late, nil
	}
	return fixtures.Ready(pod), nil
}

// slipped says of a pod that a container of it has started although the mesh has not captured it, or nothing.
func slipped(ctx context.Context, m *fixtures.Mesh, name string) (string, error) {
	pod, err := m.Kube.Pod(ctx, m.Scene, name)
	if err != nil {
		return "", err
	}
	if ran(pod) && fixtures.Enrolled(pod) != "" {
		return name + " runs outside the mesh", nil
	}
	return "", nil
}
