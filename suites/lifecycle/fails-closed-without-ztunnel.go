package lifecycle

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// FailsClosedWithoutZtunnel takes the ztunnel off the node of a captured client.
var FailsClosedWithoutZtunnel = suites.Check{
	Name:    "FailsClosedWithoutZtunnel",
	Summary: "Without its node's ztunnel a captured workload reaches nobody, and none of its traffic leaves in the clear",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/data-plane/",
	Claims:  []string{"app.no-bypass", "overlay.mtls"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider, bystander := m.Workload("client"), m.Workload("server"), m.Workload("outsider"), m.Workload("bystander")
		secret, control := requestTo(server).Bearing("secret-of-"+m.Scene), requestTo(bystander).Bearing("control-of-"+m.Scene)
		m.Served(ctx, client, secret, server)

		back := m.KeepAway(ctx, fixtures.Ztunnel, client.Node)
		defer m.PutBack(back)
		traffic := m.Record(ctx, "wire", []*fixtures.Workload{client, server, outsider, bystander}, func() {
			m.Served(ctx, outsider, control, bystander)
			m.Denied(ctx, client, secret)
		})
		m.Expect(traffic.Saw(control.Marker)).To(BeTrue(), "the capture did not see a request that was certainly in the clear:\n%s", traffic)
		m.Expect(traffic.Saw(secret.Marker)).To(BeFalse(), "the request left in the clear:\n%s", traffic)

		m.By("bringing ztunnel back")
		m.Observed(back())
		m.Served(ctx, client, secret, server)
	},
	Breaks: []suites.Break{
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}
