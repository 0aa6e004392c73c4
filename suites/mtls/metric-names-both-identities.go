package mtls

import (
	"context"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MetricNamesBothIdentities reads the server's ztunnel metrics, of which every series names its peers, and holds them
// against the certificate.
var MetricNamesBothIdentities = suites.Check{
	Name:    "MetricNamesBothIdentities",
	Summary: "ztunnel's connection metric says mutual_tls and names the identities that both certificates prove",
	Spec:    "https://istio.io/latest/docs/reference/config/metrics/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		before, err := inbound(ctx, m, server)
		m.Observed(err)
		m.Served(ctx, client, probe.To(probe.TCP, server.IP, fixtures.TCPPort), server)
		certificate := handshake(ctx, m, outsider, server)
		m.Expect(certificate.URIs).To(ConsistOf(server.Identity()))

		m.By("looking for the connection in the metrics of %s's ztunnel", server.Name)
		m.Eventually(func(ctx context.Context) ([]map[string]string, error) {
			now, err := inbound(ctx, m, server)
			return grown(before, now), err
		}).WithContext(ctx).WithTimeout(m.AtLeast(5 * time.Second)).Should(ContainElement(And(
			HaveKeyWithValue("source_workload", client.Name),
			HaveKeyWithValue("source_principal", client.Identity()),
			HaveKeyWithValue("destination_principal", certificate.URIs[0]),
			HaveKeyWithValue("connection_security_policy", "mutual_tls"))))
	},
	Breaks: []suites.Break{
		{Name: "wrong-identity", Faults: []string{"wrong-identity"}},
		{Name: "client-opted-out", Old: "{app: client}", New: "{app: client, istio.io/dataplane-mode: none}"},
	},
}

// inbound are the connections that ztunnel counted at a workload's side, by their labels.
func inbound(ctx context.Context, m *fixtures.Mesh, server *fixtures.Workload) ([]fixtures.Sample, error) {
	samples, err := m.ZtunnelOf(server).Metrics(ctx)
	return slices.DeleteFunc(samples, func(sample fixtures.Sample) bool {
		l := sample.Labels
		return sample.Name != "istio_tcp_connections_opened_total" || l["reporter"] != "destination" ||
			l["destination_workload"] != server.Name || l["destination_workload_namespace"] != server.Namespace
	}), err
}

// grown are the labels of those that have become more.
func grown(before, now []fixtures.Sample) (labels []map[string]string) {
	for _, sample := range now {
		known := slices.ContainsFunc(before, func(earlier fixtures.Sample) bool {
			return maps.Equal(earlier.Labels, sample.Labels) && earlier.Value >= sample.Value
		})
		if !known {
			labels = append(labels, sample.Labels)
		}
	}
	return labels
}
