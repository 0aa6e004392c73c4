package bypass

import (
	"context"
	"encoding/json"
	"errors"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// InitContainerIsCaptured reads what a probe saw that ran in an init container: istio-cni captures a pod when its
// sandbox is made, so before any container runs.
var InitContainerIsCaptured = suites.Check{
	Name:    "InitContainerIsCaptured",
	Summary: "An init container's connections go through the mesh: a STRICT server serves it before the app has started",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		m.Denied(ctx, outsider, probe.To(probe.TCP, server.IP, fixtures.TCPPort))
		m.By("starting a pod whose init container calls the server once")
		m.Apply(ctx, "client")
		seen := firstOutcome(ctx, m)
		m.Expect(seen).To(fixtures.BeServedBy(server))
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}

// firstOutcome reads the outcome of the only probe of the client's init container from its log.
func firstOutcome(ctx context.Context, m *fixtures.Mesh) probe.Outcome {
	client := m.Workload("client")
	options := &corev1.PodLogOptions{Container: "first"}
	log, err := m.Kube.Clientset.CoreV1().Pods(client.Namespace).GetLogs(client.Name, options).DoRaw(ctx)
	m.Observed(err)
	var results probe.Results
	m.Observed(json.Unmarshal(log, &results))
	m.Expect(results.Outcomes).To(HaveLen(1), "the init container logged %s", log)
	first := results.Outcomes[0]
	m.Show("what the init container saw", "%s", first)
	if first.Error != "" {
		m.Observed(errors.New(first.Error))
	}
	return first
}
