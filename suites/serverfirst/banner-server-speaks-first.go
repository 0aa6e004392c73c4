package serverfirst

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// BannerServerSpeaksFirst reads a raw banner from a server whose clients stay silent until they have it.
var BannerServerSpeaksFirst = suites.Check{
	Name:    "BannerServerSpeaksFirst",
	Summary: "A client that waits for the server's greeting gets it: captured to captured, to outside the mesh, and from there",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		throughTheMesh(ctx, m, probe.Banner, fixtures.BannerPort)
		m.By("asking the server whether a client ever spoke before it")
		contacts, err := m.Workload("server").Contacts(ctx)
		m.Observed(err)
		greeted := 0
		for _, contact := range contacts {
			if contact.Kind == probe.Banner {
				greeted++
				m.Expect(contact.SpokeFirst).To(BeFalse(), "bytes reached the server before its banner, from %s", contact.Source)
			}
		}
		m.Expect(greeted).To(BeNumerically(">=", 2), "the server remembers fewer clients than it served")
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "denied-by-policy", Do: deny},
	},
}

// throughTheMesh makes one attempt in each of the three ways that involve a captured workload.
func throughTheMesh(ctx context.Context, m *fixtures.Mesh, kind probe.Kind, port int) {
	client, server := m.Workload("client"), m.Workload("server")
	outsider, bystander := m.Workload("outsider"), m.Workload("bystander")
	m.Served(ctx, client, probe.To(kind, server.IP, port), server)
	m.Served(ctx, client, probe.To(kind, bystander.IP, port), bystander)
	m.Served(ctx, outsider, probe.To(kind, server.IP, port), server)
}

// deny lets nobody reach a captured workload any more, and waits until that is so: a sabotage that is still on its way
// would let a quick check pass.
func deny(ctx context.Context, m *fixtures.Mesh) {
	m.Apply(ctx, "sabotage")
	m.Denied(ctx, m.Workload("client"), probe.To(probe.TCP, m.Workload("server").IP, fixtures.TCPPort))
}
