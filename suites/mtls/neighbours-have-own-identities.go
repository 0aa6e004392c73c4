package mtls

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// NeighboursHaveOwnIdentities looks at two workloads whose keys one ztunnel holds, from both ends.
var NeighboursHaveOwnIdentities = suites.Check{
	Name:    "NeighboursHaveOwnIdentities",
	Summary: "Workloads of different service accounts on one node have identities of their own, as servers and as clients",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		first, second, server := m.Workload("first"), m.Workload("second"), m.Workload("server")
		outsider := m.Workload("outsider")
		m.Expect(first.Identity()).NotTo(Equal(second.Identity()), "the manifest gives both one identity")
		for _, neighbour := range []*fixtures.Workload{first, second} {
			since := time.Now()
			m.Served(ctx, neighbour, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
			m.Expect(m.Logged(ctx, neighbour, server, since)).To(HaveKeyWithValue("src.identity", neighbour.Identity()))
			m.Expect(handshake(ctx, m, outsider, neighbour).URIs).To(ConsistOf(neighbour.Identity()))
		}
	},
	Breaks: []suites.Break{
		{Name: "wrong-identity", Faults: []string{"wrong-identity"}},
		{Name: "one-account", Old: "serviceAccountName: second", New: "serviceAccountName: first"},
	},
}
