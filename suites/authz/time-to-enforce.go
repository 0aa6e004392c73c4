package authz

import (
	"context"
	"slices"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// TimeToEnforce takes the time from the creation of a policy to its first denial, and from its deletion to the first service.
var TimeToEnforce = suites.Check{
	Name:    "TimeToEnforce",
	Summary: "How long a new policy takes to deny, and a deleted one to readmit, on another node",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz"},
	Level:   suites.Measured,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, server := m.Workload("friend"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, friend, request, server)
		denying := make([]float64, 0, rounds)
		readmitting := make([]float64, 0, rounds)
		for range rounds {
			policy := m.Policies("deny")[0]
			since := time.Now()
			m.Observed(m.Kube.Create(ctx, policy))
			m.Eventually(friend.Probe).WithContext(ctx).WithPolling(5 * time.Millisecond).WithArguments(request).Should(fixtures.BeDenied())
			denying = append(denying, time.Since(since).Seconds()*1000)
			since = time.Now()
			m.Observed(m.Kube.Remove(ctx, policy))
			m.Eventually(friend.Probe).WithContext(ctx).WithPolling(5 * time.Millisecond).WithArguments(request).Should(fixtures.BeServedBy(server))
			readmitting = append(readmitting, time.Since(since).Seconds()*1000)
		}
		slices.Sort(denying)
		slices.Sort(readmitting)
		m.Measure("time to deny, median", denying[rounds/2], "ms")
		m.Measure("time to readmit, median", readmitting[rounds/2], "ms")
	},
	Breaks: []suites.Break{
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
		{Name: "selects-nobody", Old: `selector: {matchLabels: {app: server}}`, New: `selector: {matchLabels: {app: nobody}}`},
	},
}

// rounds is how often the time is taken; the median is reported.
const rounds = 5
