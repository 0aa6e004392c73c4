package serverfirst

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// BannerLatency measures how long a client waits for a greeting, and how long it does outside the mesh.
var BannerLatency = suites.Check{
	Name:    "BannerLatency",
	Summary: "How long a client waits for a greeting through the mesh, compared with outside of it",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		captured := greetingTime(ctx, m, "client", "server")
		plain := greetingTime(ctx, m, "outsider", "bystander")
		m.Measure("greeting through the mesh, median", captured.Seconds()*1000, "ms")
		m.Measure("greeting outside the mesh, median", plain.Seconds()*1000, "ms")
	},
	Breaks: []suites.Break{
		{Name: "denied-by-policy", Do: deny},
	},
}

// greetingTime is the median of a hundred connections, one after the other.
func greetingTime(ctx context.Context, m *fixtures.Mesh, client, server string) time.Duration {
	request := probe.To(probe.Banner, m.Workload(server).IP, fixtures.BannerPort)
	m.Served(ctx, m.Workload(client), request, m.Workload(server))
	batch := probe.Batch{Probes: slices.Repeat([]probe.Probe{request}, 100), Concurrency: 1}
	results, err := m.Workload(client).Agent.Probes(ctx, batch)
	m.Observed(err)
	m.Expect(results.Outcomes).To(HaveEach(fixtures.BeServedBy(m.Workload(server))))
	var times []time.Duration
	for _, outcome := range results.Outcomes {
		times = append(times, outcome.Latency)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
