package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DeadAppBecomesNotReady switches the served app off and on again. A mesh that answers in the app's stead, as sidecars
// once did for TCP probes, keeps a dead pod ready.
var DeadAppBecomesNotReady = suites.Check{
	Name:    "DeadAppBecomesNotReady",
	Summary: "A captured pod whose app has died is taken out of service, whichever way it is probed, and comes back with its app",
	Spec:    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("killing the apps")
		for _, name := range probed {
			m.Observed(m.Workload(name).Agent.SetHealth(ctx, false))
		}
		died := time.Now()
		m.Expect(m.Await(ctx, fixtures.NotReady, probed...)).To(Succeed())
		m.Measure("until all dead apps were not ready", time.Since(died).Seconds(), "s")
		m.Expect(time.Since(died)).To(BeNumerically("<", period+allowance), "time until all dead apps were not ready")
		m.By("bringing them back")
		for _, name := range probed {
			m.Observed(m.Workload(name).Agent.SetHealth(ctx, true))
		}
		m.Expect(m.Await(ctx, fixtures.Ready, probed...)).To(Succeed())
	},
	Budget: 90 * time.Second, // all of it, where an app never comes up
	Breaks: []suites.Break{
		{Name: "app-does-not-come-back", Old: "path: /healthz, port: 8080", New: "path: /healthz, port: 8081", Cause: cause.AppNotHealthy},
		{Name: "failures-forgiven", Old: "failureThreshold: 1", New: "failureThreshold: 1000"},
	},
}

// The probes tolerate no failure, so that one period is all they may take. The allowance is a probe's own timeout, and
// what a kubelet and an API server of a crowded machine take to tell.
const (
	period    = time.Second
	allowance = 19 * time.Second
)

var probed = []string{"http", "tcp", "grpc", "exec"}
