package traffic

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SRVRecordsResolve asks for a kind of record that ztunnel does not know itself: it must pass the question on and the
// answer back.
var SRVRecordsResolve = suites.Check{
	Name:    "SRVRecordsResolve",
	Summary: "A captured client resolves the SRV records of a Service, each named port by itself",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		full := "server." + m.Scene + ".svc.cluster.local"
		for record, port := range map[string]string{"_tcp._tcp.": "80", "_web._tcp.": "8080"} {
			m.By("resolving %s%s", record, full)
			lookup := probe.Probe{Kind: probe.SRV, Target: record + full}
			m.Eventually(m.Workload("client").Probe).WithContext(ctx).WithTimeout(m.AtLeast(10 * time.Second)).WithArguments(lookup).
				Should(HaveField("Answers", ConsistOf(port+" "+full)))
		}
	},
	Breaks: []suites.Break{
		{Name: "dns-capture-broken", Faults: []string{"dns-capture-broken"}},
		{Name: "port-renamed", Old: "{name: web, port: 8080}", New: "{name: http, port: 8080}"},
	},
}
