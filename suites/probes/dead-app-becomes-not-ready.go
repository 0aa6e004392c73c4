package probes

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DeadAppBecomesNotReady switches the served app off and on again. A mesh that answers in the app's stead, as sidecars
// once did for TCP probes, keeps a dead pod ready. How long a kubelet itself takes is shown by a pod outside the mesh on the
// same node.
var DeadAppBecomesNotReady = suites.Check{
	Name:    "DeadAppBecomesNotReady",
	Summary: "A captured pod whose app has died is taken out of service, whichever way it is probed, and comes back with its app",
	Spec:    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("killing the apps, inside the mesh and outside")
		for _, name := range slices.Concat(probed, outside) {
			m.Observed(m.Workload(name).Agent.SetHealth(ctx, false))
		}
		m.Expect(m.Await(ctx, fixtures.NotReady, slices.Concat(probed, outside)...)).To(Succeed())
		noticed := map[string]time.Time{} // by node, outside the mesh
		for _, name := range outside {
			noticed[m.Workload(name).Node] = turned(m.Pod(ctx, m.Workload(name)))
		}
		for _, name := range probed {
			late := turned(m.Pod(ctx, m.Workload(name))).Sub(noticed[m.Workload(name).Node])
			m.Measure("not ready after a pod outside the mesh: "+name, late.Seconds(), "s")
			m.Expect(late).To(BeNumerically("<", period+allowance), "how much later than outside the mesh %s was not ready", name)
		}
		m.By("bringing them back")
		for _, name := range probed {
			m.Observed(m.Workload(name).Agent.SetHealth(ctx, true))
		}
		m.Expect(m.Await(ctx, fixtures.Ready, probed...)).To(Succeed())
	},
	Breaks: []suites.Break{
		{Name: "app-does-not-come-back", Old: "path: /healthz, port: 8080", New: "path: /healthz, port: 8081", Cause: cause.AppNotHealthy},
		{Name: "probed-rarely-inside", Patient: true, Old: onlyInside + "1\n", New: onlyInside + "45\n"},
		{Name: "failures-forgiven", Old: "failureThreshold: 1", New: "failureThreshold: 1000"},
	},
}

// The probes tolerate no failure, so that one period is all they may take. The allowance is for a probe's own timeout, and for
// a kubelet that a crowded machine has take one pod's turn long after another's.
const (
	period    = time.Second
	allowance = 19 * time.Second
)

// probed are captured; outside are not, one on each node.
var (
	probed  = []string{"http", "tcp", "grpc", "exec"}
	outside = []string{"http-outside", "tcp-outside"}
)

// onlyInside is what the manifest says of one captured pod, and of none outside the mesh, up to the period of its probe.
const onlyInside = `metadata: {name: http, labels: {app: http}, annotations: {conformance.ambient/node: "0"}}
spec:
  containers:
  - name: agent
    readinessProbe:
      httpGet: {path: /healthz, port: 8080}
      periodSeconds: `

// turned is when the kubelet last changed its mind of whether a pod is ready, in whole seconds.
func turned(pod *corev1.Pod) time.Time {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.LastTransitionTime.Time
		}
	}
	return time.Time{}
}
