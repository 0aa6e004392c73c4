package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CompletedPodsAreReleased lets captured pods end for good, as jobs do. Their objects stay, their addresses are given to
// others.
var CompletedPodsAreReleased = suites.Check{
	Name:    "CompletedPodsAreReleased",
	Summary: "A captured pod that has completed leaves the probe set and the mesh's workloads, though its object stays",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"deploy.revertible"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Apply(ctx, "job")
		m.By("waiting for the job to run, with an address that everybody can read")
		jobs, err := m.Kube.AwaitPods(ctx, m.Scene, []string{"job"}, runsKnown)
		m.Expect(err).NotTo(HaveOccurred())
		job := jobs["job"]
		m.Expect(fixtures.Enrolled(job)).To(BeEmpty(), "it was never captured")
		released := homesOf(job)
		m.Eventually(knownOf).WithContext(ctx).WithArguments(m, released).ShouldNot(BeEmpty(), "what there is to be released cannot be seen")
		m.By("ending it, and one that ends within a moment of its own accord")
		m.Observed(m.Kube.Merge(ctx, job, `{"spec":{"activeDeadlineSeconds":1}}`))
		m.Apply(ctx, "moment")
		ended, err := m.Kube.AwaitPods(ctx, m.Scene, []string{"job", "moment"}, isOver)
		m.Expect(err).NotTo(HaveOccurred())
		m.Eventually(remains).WithContext(ctx).WithArguments(m, released).Should(BeEmpty())
		// istio-cni releases the addresses that a pod had before it ended. A kubelet may tell of an address and the end at once.
		brief, err := remains(ctx, m, homesOf(ended["moment"]))
		m.Observed(err)
		m.Measure("what a job of a moment leaves behind", float64(len(brief)), "entries")
	},
	Breaks: []suites.Break{
		{Name: "opted-out", Old: "{app: job}", New: "{app: job, istio.io/dataplane-mode: none}"},
		{Name: "remembers-the-gone", Faults: []string{"remembers-the-gone"}},
	},
}

// runsKnown is met by a pod that runs, and whose status tells its address.
func runsKnown(pod *corev1.Pod) string {
	if pod.Status.Phase == corev1.PodRunning && pod.Status.PodIP != "" {
		return ""
	}
	return fixtures.Standing(pod)
}

// isOver is met by a pod whose containers have ended for good.
func isOver(pod *corev1.Pod) string {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return ""
	}
	return fixtures.Standing(pod)
}
