package lifecycle

import (
	"context"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ChurnMissesNobody replaces a crowd of pods wave after wave, so that captures and releases overtake each other.
var ChurnMissesNobody = suites.Check{
	Name:    "ChurnMissesNobody",
	Summary: "Of a hundred pods that come and go in waves none runs outside the mesh, and nothing of them stays",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.enrol-namespace", "app.no-bypass"},
	Level:   suites.Extended,
	Budget:  12 * time.Minute, // it takes half a minute of two idle cores, and was seen to take five of crowded ones
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		crowd := m.Crowd("crowd", waves*wave)
		released := homes{}
		for n := range waves {
			for _, pod := range crowd[n*wave : (n+1)*wave] {
				m.Observed(m.Kube.Create(ctx, pod))
			}
			m.By("watching wave %d of %d start", n+1, waves)
			started, err := m.Kube.AwaitPods(ctx, m.Scene, namesOf(crowd[n*wave:(n+1)*wave]), startedInside)
			m.Expect(err).NotTo(HaveOccurred())
			m.Expect(strays(started)).To(BeEmpty(), "pods that ran outside the mesh")
			maps.Copy(released, homesOf(slices.Collect(maps.Values(started))...))
			if n == 0 {
				m.Eventually(knownOf).WithContext(ctx).WithArguments(m, released).ShouldNot(BeEmpty(), "what there is to be released cannot be seen")
			}
			for _, pod := range started {
				m.Observed(m.Kube.Remove(ctx, pod))
			}
		}
		m.Measure("pods", float64(len(released)), "")
		m.Eventually(remains).WithContext(ctx).WithArguments(m, released).Should(BeEmpty())
		left, err := leftByFailed(ctx, m, released)
		m.Observed(err)
		m.Measure("entries that failed sandboxes have left in probe sets", float64(len(left)), "")
	},
	Breaks: []suites.Break{
		{Name: "crowd-opted-out", Old: "{app: crowd}", New: "{app: crowd, istio.io/dataplane-mode: none}"},
		{Name: "remembers-the-gone", Faults: []string{"remembers-the-gone"}},
	},
}

// So many pods at once keep two cores busy without starving what else is asked meanwhile.
const waves, wave = 10, 10

// startedInside is met by a pod that runs, whether it is captured or not: which of the two is what the check asks.
func startedInside(pod *corev1.Pod) string {
	if ran(pod) {
		return ""
	}
	return fixtures.Standing(pod)
}

// ran says whether a container of the pod has started.
func ran(pod *corev1.Pod) bool {
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Running != nil || status.State.Terminated != nil {
			return true
		}
	}
	return false
}

// strays names the pods that run and are not captured. istio-cni's plugin marks a pod before its sandbox is ready.
func strays(pods map[string]*corev1.Pod) (names []string) {
	for name, pod := range pods {
		if fixtures.Enrolled(pod) != "" {
			names = append(names, name)
		}
	}
	return names
}

func namesOf(pods []*corev1.Pod) (names []string) {
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return names
}
