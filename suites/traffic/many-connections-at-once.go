package traffic

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ManyConnectionsAtOnce holds more connections between two pods than one HBONE tunnel has streams (100), and speaks on
// all of them.
var ManyConnectionsAtOnce = suites.Check{
	Name:    "ManyConnectionsAtOnce",
	Summary: "Two hundred connections between two captured pods stand side by side and all carry traffic",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		stream := probe.Stream{Probe: probe.To(probe.TCP, m.Workload("server").IP, fixtures.TCPPort), Held: true, Interval: time.Second}
		stream.Probe.Timeout = probe.PatientTimeout
		client := m.Workload("client")
		m.Served(ctx, client, stream.Probe, m.Workload("server"))
		m.Observed(forEach(func(name string) error { return client.Stream(ctx, name, stream) }))
		m.By("reading what became of each of them")
		var standing atomic.Int64
		m.Observed(forEach(func(name string) error {
			flow, err := client.Flow(ctx, name)
			if flow.Open && flow.Failures == 0 {
				standing.Add(1)
			}
			return err
		}))
		m.Expect(standing.Load()).To(BeEquivalentTo(connections), "connections that stand and have never failed")
	},
	Breaks: []suites.Break{
		{Name: "crowd-turned-away", Faults: []string{"crowd-turned-away"}},
	},
}

const connections = 200

// forEach does something for the name of every connection, a few at a time.
func forEach(do func(name string) error) error {
	var group errgroup.Group
	group.SetLimit(20)
	for n := range connections {
		group.Go(func() error { return do(strconv.Itoa(n)) })
	}
	return group.Wait()
}
