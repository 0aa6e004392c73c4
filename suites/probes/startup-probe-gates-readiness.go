package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// StartupProbeGatesReadiness starts apps that are not well yet. No pod may become ready before its own startup probe
// has succeeded.
var StartupProbeGatesReadiness = suites.Check{
	Name:    "StartupProbeGatesReadiness",
	Summary: "A captured pod becomes ready when its startup probe succeeds, over http or tcp, and not before",
	Spec:    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("waiting for the containers to run, with their probes failing")
		m.Expect(m.AwaitRunning(ctx, "http", "tcp")).To(Succeed())
		m.Expect(m.Await(ctx, fixtures.NotReady, "http", "tcp")).To(Succeed())
		// A ztunnel need not know of pods that are not ready: it is enough that they are enrolled.
		m.Expect(m.Await(ctx, fixtures.Enrolled, "http", "tcp")).To(Succeed())
		since := time.Now()
		// A startup probe that has succeeded is not repeated: who is asked time and again has not been found well, however late
		// a busy kubelet tells of it.
		m.Eventually(kubeletSources).WithContext(ctx).WithTimeout(m.AtLeast(10*time.Second)).WithArguments(m, "http", since).
			Should(WithTransform(count, BeNumerically(">=", 3)), "how often the kubelet asked an app that is not well")
		for _, name := range []string{"http", "tcp"} {
			m.Consistently(m.Pod).WithContext(ctx).WithArguments(m.Workload(name)).
				Should(WithTransform(fixtures.Ready, Not(BeEmpty())), "%s is ready, and its app is not", name)
		}

		m.By("curing the apps")
		for _, name := range []string{"http", "tcp"} {
			m.Observed(m.Workload(name).Agent.SetHealth(ctx, true))
		}
		m.Expect(m.Await(ctx, fixtures.Ready, "http", "tcp")).To(Succeed())
	},
	Breaks: []suites.Break{
		{Name: "healthy-from-the-start", Old: "args: [serve, -unhealthy]", New: "args: [serve]"},
		{Name: "probes-another-server", Old: "{path: /healthz, port: 8080}", New: "{path: /, port: 8080}"},
	},
}

func count(probes []string) int { return len(probes) }
