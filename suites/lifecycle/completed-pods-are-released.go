package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CompletedPodsAreReleased lets a captured pod end by itself, as jobs do. Its object stays, its address is given to others.
var CompletedPodsAreReleased = suites.Check{
	Name:    "CompletedPodsAreReleased",
	Summary: "A captured pod that has completed leaves the probe set and the mesh's workloads, though its object stays",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Extended,
	Budget:  suites.DefaultBudget / 2, // all of it, where the pod does not complete
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Apply(ctx, "job")
		done, err := m.Kube.AwaitPods(ctx, m.Scene, []string{"job"}, completed)
		m.Expect(err).NotTo(HaveOccurred())
		m.Expect(fixtures.Enrolled(done["job"])).To(BeEmpty(), "it was never captured")
		released := map[string]bool{done["job"].Status.PodIP: true}
		m.Eventually(remains).WithContext(ctx).WithArguments(m, released).Should(BeEmpty())
	},
	Breaks: []suites.Break{
		{Name: "opted-out", Old: "{app: job}", New: "{app: job, istio.io/dataplane-mode: none}"},
		{Name: "fails-instead", Old: "args: [probe,", New: "args: [no-such-command,"},
	},
}

// completed is met by a pod that has succeeded.
func completed(pod *corev1.Pod) string {
	if pod.Status.Phase == corev1.PodSucceeded {
		return ""
	}
	return fixtures.Standing(pod)
}
