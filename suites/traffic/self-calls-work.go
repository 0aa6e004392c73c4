package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SelfCallsWork has a pod call itself, by its own address and by its Service, of which it is the only backend.
var SelfCallsWork = suites.Check{
	Name:    "SelfCallsWork",
	Summary: "A captured pod reaches itself, by its own address, by loopback and through its Service",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		self := m.Workload("self")
		for _, host := range []string{"127.0.0.1", self.IP, m.ClusterIP(ctx, "self")} {
			port := fixtures.TCPPort
			if host == m.ClusterIP(ctx, "self") {
				port = 80
			}
			m.Served(ctx, self, probe.To(probe.TCP, host, port), self)
		}
	},
	Breaks: []suites.Break{
		{Name: "image-absent", Cause: cause.ImageUnavailable, Old: "serviceAccountName: other\n  containers: [{name: agent}]",
			New: "serviceAccountName: other\n  containers: [{name: agent, image: 'absent.invalid/none:0'}]"},
		{Name: "too-large-for-any-node", Cause: cause.Unschedulable, Old: "serviceAccountName: other\n  containers: [{name: agent}]",
			New: "serviceAccountName: other\n  containers: [{name: agent, resources: {requests: {cpu: 4k}}}]"},
		{Name: "sandbox-refused", Cause: cause.SandboxFailed, Old: "serviceAccountName: other\n",
			New: "serviceAccountName: other\n  securityContext: {sysctls: [{name: net.ipv4.ip_local_port_range, value: nonsense}]}\n"},
		{Name: "another-backend", Old: "selector: {app: self}", New: "selector: {app: other}"},
	},
}
