package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// EnrolNamespace labels the namespace of running workloads and looks for every sign of capture.
var EnrolNamespace = suites.Check{
	Name:    "EnrolNamespace",
	Summary: "Labelling a namespace captures the pods that run in it, without restarting or changing them",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.enrol-namespace", "app.unmodified", "deploy.separate-step"},
	Level:   suites.Core,
	Once:    true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		before := m.Pod(ctx, server)
		m.Served(ctx, client, request, server)
		netns, err := m.NodeOf(server).Redirection(ctx, server)
		m.Observed(err)
		m.Expect(netns.Chains).To(BeEmpty(), "the mesh's chains are in the pod before anybody enrolled it")

		m.By("labelling the namespace")
		since := time.Now()
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, "client", "server")).To(Succeed())
		m.Measure("time to capture", time.Since(since).Seconds()*1000, "ms")

		m.Served(ctx, client, request, server)
		access := m.Logged(ctx, client, server, since)
		m.Expect(access).To(HaveKeyWithValue("src.identity", client.Identity()))
		after := m.Pod(ctx, server)
		m.Expect(after.UID).To(Equal(before.UID), "the pod was replaced")
		m.Expect(after.Spec.Containers).To(HaveLen(len(before.Spec.Containers)), "a container was added")
		m.Expect(after.Status.ContainerStatuses[0].RestartCount).To(BeZero(), "the pod was restarted")
	},
	Breaks: []suites.Break{
		// istio-cni leaves pods alone that have a sidecar, and knows them by this annotation.
		{Name: "taken-for-a-sidecar", Old: "annotations: {conformance.ambient/node: \"1\"}", Cause: cause.NotEnrolled,
			New: "annotations: {conformance.ambient/node: \"1\", sidecar.istio.io/status: \"{}\"}"},
		{Name: "server-opted-out", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: none}"},
		{Name: "istio-cni-decommissioned", Alone: true, Cause: cause.ConflistLost, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.KeepAway(ctx, fixtures.NodeCNI, m.Workload("server").Node))
		}},
		{Name: "istio-cni-gone", Alone: true, Cause: cause.CNINotReady, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.Withhold(ctx, fixtures.NodeCNI))
		}},
		{Name: "istiod-gone", Alone: true, Cause: cause.XDSNotSynced, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(func() error { return m.ScaleIstiod(context.WithoutCancel(ctx), 1) })
			m.Observed(m.ScaleIstiod(ctx, 0))
		}},
		{Name: "plaintext-on-wire", Faults: []string{"plaintext-on-wire"}},
	},
}
