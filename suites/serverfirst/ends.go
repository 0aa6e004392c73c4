package serverfirst

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// ended waits until the server has noted how the clients' connections ended, as many as there were.
func ended(ctx context.Context, m *fixtures.Mesh, server string, clients int) {
	m.By("asking %s how its connections ended", server)
	m.Eventually(endsSeen).WithContext(ctx).WithTimeout(m.AtLeast(5 * time.Second)).WithArguments(m.Workload(server)).
		Should(And(HaveLen(clients), HaveEach(BeElementOf(probe.Reset, probe.Closed))))
	seen, err := endsSeen(ctx, m.Workload(server))
	m.Observed(err)
	m.Show("how the server saw its connections end", "%v", seen)
}

// endsSeen lists how the connections of kind abort ended; one that still stands is the empty text.
func endsSeen(ctx context.Context, server *fixtures.Workload) ([]probe.Verdict, error) {
	contacts, err := server.Contacts(ctx)
	var ends []probe.Verdict
	for _, contact := range contacts {
		if contact.Kind == probe.Abort {
			ends = append(ends, contact.Ended)
		}
	}
	return ends, err
}
