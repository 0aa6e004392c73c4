package lifecycle

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesSurviveRestarts restarts istio-cni and ztunnel under pods that a single failed probe makes not ready.
var ProbesSurviveRestarts = suites.Check{
	Name:    "ProbesSurviveRestarts",
	Summary: "Pods under STRICT stay ready by http, tcp and grpc probes while istio-cni and ztunnel restart",
	Spec:    "https://istio.io/latest/docs/ambient/upgrade/helm/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Expect(m.Await(ctx, fixtures.Ready, "http", "tcp", "grpc")).To(Succeed())
		before := readySince(ctx, m, "http", "tcp", "grpc")
		m.RestartOn(ctx, fixtures.NodeCNI, "")
		m.RestartOn(ctx, fixtures.Ztunnel, "")
		restarted := time.Now()

		m.By("seeing further probes of the kubelet arrive from the address that istio-cni gives them")
		m.Eventually(m.Workload("http").KubeletSources).WithContext(ctx).WithArguments(restarted).Should(ContainElement(probe.KubeletAddress))
		m.Consistently(readySince).WithContext(ctx).WithArguments(m, "http", "tcp", "grpc").WithTimeout(2 * time.Second).Should(Equal(before))
	},
	Breaks: []suites.Break{
		{Name: "app-goes-down", Do: func(ctx context.Context, m *fixtures.Mesh) { goesDown(ctx, m, "http") }},
	},
}
