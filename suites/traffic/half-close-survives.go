package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HalfCloseSurvives closes the client's side of a connection and waits for the whole answer.
var HalfCloseSurvives = suites.Check{
	Name:    "HalfCloseSurvives",
	Summary: "A client that has closed its sending side still receives everything the server has to say",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.Half, server.IP, fixtures.TCPPort)
		request.Payload = 256 << 10
		m.Served(ctx, client, request, server)
		m.Served(ctx, outsider, request, server)
	},
	Breaks: []suites.Break{
		{Name: "plaintext-refused", Cause: cause.Strict, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Apply(ctx, "sabotage")
			m.Denied(ctx, m.Workload("outsider"), probe.To(probe.TCP, m.Workload("server").IP, fixtures.TCPPort))
		}},
		{Name: "drops-half-close", Faults: []string{"drops-half-close"}},
	},
}
