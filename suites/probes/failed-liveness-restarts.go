package probes

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// FailedLivenessRestarts switches an app off whose liveness is probed. A mesh that answers in its stead would leave it
// dead.
var FailedLivenessRestarts = suites.Check{
	Name:    "FailedLivenessRestarts",
	Summary: "A captured app that fails its liveness probe is restarted by the kubelet, and its pod is ready again",
	Spec:    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.Observed(m.Workload("mortal").Agent.SetHealth(ctx, false))
		m.By("waiting for the kubelet to restart the container")
		m.Expect(m.Await(ctx, restarted, "mortal")).To(Succeed())
		m.Expect(m.Await(ctx, fixtures.Ready, "mortal")).To(Succeed())
	},
	Breaks: []suites.Break{
		{Name: "failures-forgiven", Old: "failureThreshold: 1", New: "failureThreshold: 1000"},
		{Name: "probes-another-path", Old: "path: /healthz", New: "path: /"},
	},
}
