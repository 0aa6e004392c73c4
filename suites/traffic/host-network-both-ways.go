package traffic

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// HostNetworkBothWays calls from and to a pod in its node's own network, which ambient mode never captures.
var HostNetworkBothWays = suites.Check{
	Name:    "HostNetworkBothWays",
	Summary: "Captured pods and pods on the host network reach each other, on the same node and across nodes",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		host, client, server := m.Workload("host"), m.Workload("client"), m.Workload("server")
		for _, captured := range []*fixtures.Workload{client, server} {
			m.Served(ctx, captured, probe.To(probe.TCP, host.IP, 29090), host)
			m.Served(ctx, host, probe.To(probe.TCP, captured.IP, fixtures.TCPPort), captured)
		}
	},
	Breaks: []suites.Break{
		{Name: "strict", Old: labelled, New: labelled + "\n---\n" +
			"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict}\nspec: {mtls: {mode: STRICT}}"},
	},
}

// labelled is the namespace in the manifest.
const labelled = "metadata: {name: scene, labels: {istio.io/dataplane-mode: ambient}}"
