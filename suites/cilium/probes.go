package cilium

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
)

// ambientProbeSource is where istio-cni lets kubelet probes of captured pods come from.
const ambientProbeSource = "169.254.7.127"

// denied are the pods of a check that a default-deny policy selects: one by a policy of Kubernetes, one by one of Cilium's.
var denied = []string{"selected", "selected-by-cilium"}

// goNotReady waits until policies have kept the kubelet from pods, and measures how long that took.
func goNotReady(ctx context.Context, m *fixtures.Mesh, what string, names ...string) {
	m.By("waiting for the kubelet to find %v not ready", names)
	began := time.Now()
	m.Expect(m.Await(ctx, fixtures.NotReady, names...)).To(Succeed())
	m.Measure("from "+what+" to not ready", time.Since(began).Seconds(), "s")
}

// goReady is the way back.
func goReady(ctx context.Context, m *fixtures.Mesh, what string, names ...string) {
	m.By("waiting for the kubelet to find %v ready", names)
	began := time.Now()
	m.Expect(m.Await(ctx, fixtures.Ready, names...)).To(Succeed())
	m.Measure("from "+what+" to ready", time.Since(began).Seconds(), "s")
}

// staysReady sees pods stay ready for longer than their probes forgive.
func staysReady(ctx context.Context, m *fixtures.Mesh, names ...string) {
	m.Consistently(func(ctx context.Context) []string {
		var ailing []string
		for _, name := range names {
			if missing := fixtures.Ready(m.Pod(ctx, m.Workload(name))); missing != "" {
				ailing = append(ailing, name+": "+missing)
			}
		}
		return ailing
	}).WithContext(ctx).WithTimeout(4 * time.Second).Should(BeEmpty())
}
