package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// RemovedAnnotationHasNoEffect sets by hand the annotation with which pods once opted out.
var RemovedAnnotationHasNoEffect = suites.Check{
	Name:    "RemovedAnnotationHasNoEffect",
	Summary: "The annotation ambient.istio.io/redirection, set by a user, does not keep a pod out of the mesh",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		since := time.Now()
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		m.Expect(m.Logged(ctx, client, server, since)).To(HaveKeyWithValue("src.identity", client.Identity()))
		seen, err := m.NodeOf(server).Redirection(ctx, server)
		m.Observed(err)
		m.Expect(seen.Chains).NotTo(BeEmpty(), "the annotation kept the pod out")
	},
	Breaks: []suites.Break{
		{Name: "opted-out-by-label", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: none}"},
	},
}
