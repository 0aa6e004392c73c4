package bypass

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// LoopbackIsNotCaptured calls its own pod by the loopback address, which istio-cni exempts, under a policy that would
// refuse plaintext from anywhere else.
var LoopbackIsNotCaptured = suites.Check{
	Name:    "LoopbackIsNotCaptured",
	Summary: "Containers of a pod reach each other over loopback directly, whatever the policy of their workload",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		m.Denied(ctx, outsider, probe.To(probe.TCP, server.IP, fixtures.TCPPort))
		m.Served(ctx, server, probe.To(probe.TCP, "127.0.0.1", fixtures.TCPPort), server)
		seen := m.Try(ctx, server, probe.To(probe.TCP, "127.0.0.1", fixtures.TCPPort))
		m.Expect(fixtures.HostOf(seen.Source)).To(Equal("127.0.0.1"), "something came between: %s", seen)
	},
	Breaks: []suites.Break{
		{Name: "permissive", Old: "mode: STRICT", New: "mode: PERMISSIVE"},
		{Name: "loopback-dropped", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Port: fixtures.TCPPort}}, "server")
		}},
	},
}
