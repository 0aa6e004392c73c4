package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbePathIsNotAnOpenDoor asks for the probed path on the probed port as somebody else. The exemption is the
// kubelet's, not the port's.
var ProbePathIsNotAnOpenDoor = suites.Check{
	Name:    "ProbePathIsNotAnOpenDoor",
	Summary: "That the kubelet may probe a captured pod under STRICT opens the probed port and path to nobody else",
	Spec:    "https://istio.io/latest/docs/ambient/usage/networkpolicy/",
	Claims:  []string{"probes.health"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		request := probe.To(probe.HTTP, server.IP, fixtures.HTTPPort)
		request.Path = "/healthz"
		m.Served(ctx, m.Workload("client"), request, server)
		m.Denied(ctx, m.Workload("outsider"), request)
		m.By("seeing the kubelet served on the same port meanwhile")
		m.Eventually(kubeletSources).WithContext(ctx).WithTimeout(m.AtLeast(6*time.Second)).WithArguments(m, "server", time.Now()).ShouldNot(BeEmpty())
		m.Expect(fixtures.Ready(m.Pod(ctx, server))).To(BeEmpty())
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}
