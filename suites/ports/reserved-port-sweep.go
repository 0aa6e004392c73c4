package ports

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/agent/client"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ReservedPortSweep serves in turn on every port from which sidecars take theirs, and so finds which are still taken
// and whether the rest carry traffic.
var ReservedPortSweep = suites.Check{
	Name:    "ReservedPortSweep",
	Summary: "Of ports 15000 to 15090 a captured app cannot have 15001, 15006, 15008 and the DNS proxy's 15053, and can serve on all others",
	Spec:    "https://istio.io/latest/docs/ops/deployment/application-requirements/",
	Claims:  []string{"app.reserved-ports"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		expected := []int{15001, 15006, 15008}
		inside, err := m.NodeOf(server).Redirection(ctx, server)
		m.Observed(err)
		if slices.Contains(inside.Listeners, dnsPort) { // a mesh may be told not to capture DNS
			expected = append(expected, dnsPort)
		}
		var probes []probe.Probe
		var taken []int
		m.By("binding every port from 15000 to 15090")
		for port := 15000; port <= 15090; port++ {
			if bind(ctx, m, server, port) {
				probes = append(probes, probe.To(probe.TCP, server.IP, port))
				continue
			}
			taken = append(taken, port)
		}
		m.Show("taken", "%v", taken)
		m.Expect(taken).To(Equal(expected), "ports that the app cannot have")
		for _, from := range []*fixtures.Workload{client, outsider} {
			m.By("%s reaches all others", from.Name)
			m.Eventually(unserved).WithContext(ctx).WithTimeout(m.AtLeast(5*time.Second)).WithArguments(from, server, probes).Should(BeEmpty())
		}
	},
	Breaks: []suites.Break{
		{Name: "port-taken-by-app", Old: "args: [serve, tcp=9090]", New: "args: [serve, tcp=9090, tcp=15080]"},
		{Name: "server-opted-out", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: none}"},
	},
}

// dnsPort is where ztunnel answers captured DNS, on loopback only: that is enough to keep the port from an app that binds
// it on all addresses.
const dnsPort = 15053

// bind says whether an app's port could be bound. That it is in use is an answer; that nobody could be asked is not.
func bind(ctx context.Context, m *fixtures.Mesh, w *fixtures.Workload, port int) bool {
	err := w.Agent.Listen(ctx, port)
	var refused *client.StatusError
	if errors.As(err, &refused) && refused.Code == http.StatusConflict && strings.Contains(refused.Message, "address already in use") {
		return false
	}
	m.Observed(err)
	return true
}

// unserved lists the attempts that the server did not serve.
func unserved(ctx context.Context, from, server *fixtures.Workload, probes []probe.Probe) ([]string, error) {
	outcomes, err := from.ProbeAll(ctx, probes...)
	var lines []string
	for i, outcome := range outcomes {
		if outcome.Verdict != probe.Served || outcome.Server != server.String() {
			lines = append(lines, fmt.Sprintf("%s: %s", probes[i], outcome))
		}
	}
	return lines, err
}
