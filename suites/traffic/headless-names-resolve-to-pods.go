package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HeadlessNamesResolveToPods looks a headless Service up: ztunnel has no address of it and must answer with those of
// its pods.
var HeadlessNamesResolveToPods = suites.Check{
	Name:    "HeadlessNamesResolveToPods",
	Summary: "A headless Service resolves to the addresses of its pods in a captured client, which reaches each of them",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		first, second := m.Workload("member-0"), m.Workload("member-1")
		resolves(ctx, m, "client", "members", first.IP, second.IP)
		for _, member := range []*fixtures.Workload{first, second} {
			m.Served(ctx, m.Workload("client"), probe.To(probe.TCP, member.IP, fixtures.TCPPort), member)
		}
	},
	Breaks: []suites.Break{
		{Name: "one-member-missing", Old: "labels: {app: member-1, role: member}", New: "labels: {app: member-1}"},
		{Name: "not-headless", Old: "  clusterIP: None\n", New: ""},
	},
}
