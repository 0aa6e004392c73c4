package ports

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProxyPortsStayTaken binds the same ports in two pods that differ only in whether the mesh captures them.
var ProxyPortsStayTaken = suites.Check{
	Name:    "ProxyPortsStayTaken",
	Summary: "An app that binds one of ztunnel's ports is told that the address is in use, and outside the mesh it can",
	Spec:    "https://istio.io/latest/docs/ops/deployment/application-requirements/",
	Claims:  []string{"app.reserved-ports"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		inside, outside := m.Workload("inside"), m.Workload("outside")
		for _, port := range []int{15001, 15006, 15008} {
			m.By("binding port %d", port)
			m.Expect(bind(ctx, m, outside, port)).To(BeTrue(), "port %d is taken outside the mesh", port)
			m.Expect(bind(ctx, m, inside, port)).To(BeFalse(), "port %d is free in a captured pod", port)
		}
		// The attempt must have cost the pod nothing.
		m.Served(ctx, outside, probe.To(probe.TCP, inside.IP, fixtures.TCPPort), inside)
		m.Served(ctx, inside, probe.To(probe.TCP, outside.IP, fixtures.TCPPort), outside)
	},
	Breaks: []suites.Break{
		{Name: "inside-opted-out", Old: "{app: inside}", New: "{app: inside, istio.io/dataplane-mode: none}"},
	},
}
