package traffic

import (
	"context"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// resolves waits until a captured pod's resolver answers exactly these addresses for a name.
func resolves(ctx context.Context, m *fixtures.Mesh, from, name string, addresses ...string) {
	m.By("resolving %s", name)
	lookup := probe.Probe{Kind: probe.DNS, Target: name}
	m.Eventually(m.Workload(from).Probe).WithContext(ctx).WithTimeout(m.AtLeast(10 * time.Second)).WithArguments(lookup).
		Should(HaveField("Answers", ConsistOf(addresses)))
}

// spread makes many attempts and wants each to be served, by these workloads and by no other, and by each of them.
func spread(ctx context.Context, m *fixtures.Mesh, client string, p probe.Probe, over ...string) {
	m.By("%s spreads over %v", p, over)
	var expected []string
	for _, name := range over {
		expected = append(expected, m.Workload(name).String())
	}
	m.Eventually(serversOf).WithContext(ctx).WithTimeout(m.AtLeast(10*time.Second)).WithArguments(m.Workload(client), p).Should(ConsistOf(expected))
}

// serversOf lists who served sixty attempts; one that was not served is listed as what became of it.
func serversOf(ctx context.Context, client *fixtures.Workload, p probe.Probe) ([]string, error) {
	outcomes, err := client.ProbeAll(ctx, slices.Repeat([]probe.Probe{p}, 60)...)
	seen := map[string]bool{}
	for _, outcome := range outcomes {
		if outcome.Verdict == probe.Served {
			seen[outcome.Server] = true
		} else {
			seen[string(outcome.Verdict)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen)), err
}
