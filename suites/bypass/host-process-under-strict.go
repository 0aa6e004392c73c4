package bypass

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HostProcessUnderStrict measures who among processes on nodes, which the mesh does not capture, gets past STRICT.
// Pods of the host network stand for them. Kubelet probes must pass, and rules by which they do cannot tell the
// kubelet from its neighbours.
var HostProcessUnderStrict = suites.Check{
	Name:    "HostProcessUnderStrict",
	Summary: "Whether host processes of the same node, and of another one, reach a captured workload under STRICT",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Measured,
	Needs:   []suites.Feature{suites.TwoNodes},
	Alone:   true,
	Serial:  true, // its agents in the host network need their control port to themselves
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Denied(ctx, outsider, request)
		for name, figureOf := range map[string]string{"near": "host processes of the same node served", "far": "host processes of another node served"} {
			seen := m.Try(ctx, m.Workload(name), request)
			m.Show(name, "%s", seen)
			m.Measure(figureOf, fixtures.Count(seen.Verdict == probe.Served), "of 1")
		}
	},
	Breaks: []suites.Break{
		{Name: "permissive", Alone: true, Old: "mode: STRICT", New: "mode: PERMISSIVE"},
	},
}
