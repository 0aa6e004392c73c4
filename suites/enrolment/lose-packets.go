package enrolment

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// losePackets makes the server deaf on its port, and waits until the client has noticed.
func losePackets(ctx context.Context, m *fixtures.Mesh) {
	server := m.Workload("server")
	m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Port: fixtures.TCPPort}}, "server")
	m.Eventually(m.Workload("client").Probe).WithContext(ctx).
		WithArguments(probe.To(probe.TCP, server.IP, fixtures.TCPPort)).Should(fixtures.BeDenied())
}
