package traffic

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SourceAddressKept asks servers whom they saw.
var SourceAddressKept = suites.Check{
	Name:    "SourceAddressKept",
	Summary: "A captured server sees its client's own pod address, over HBONE and over plaintext",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		for _, name := range []string{"client", "outsider"} {
			client := m.Workload(name)
			request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
			m.Served(ctx, client, request, server)
			outcome := m.Try(ctx, client, request)
			m.Expect(fixtures.HostOf(outcome.Source)).To(Equal(client.IP), "the server saw another address than %s's", name)
		}
	},
	Breaks: []suites.Break{
		{Name: "app-stopped", Cause: cause.AppRefuses, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Observed(m.Workload("server").Agent.SetHealth(ctx, false))
		}},
		{Name: "source-address-lost", Faults: []string{"source-address-lost"}},
	},
}
