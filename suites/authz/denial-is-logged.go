package authz

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// DenialIsLogged follows a denial into the access log of the server's ztunnel.
var DenialIsLogged = suites.Check{
	Name:    "DenialIsLogged",
	Summary: "A denial ends the connection at once, and the access log of ztunnel names the policy that denied it",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		friend, stranger, server := m.Workload("friend"), m.Workload("stranger"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.By("denying the stranger")
		m.Enforce(ctx, "deny")
		m.Served(ctx, friend, request, server)
		since := time.Now()
		m.Denied(ctx, stranger, request)
		m.Eventually(stranger.Probe).WithContext(ctx).WithArguments(request).Should(fixtures.BeDenied(probe.Reset, probe.Closed, probe.Refused))
		line := m.Logged(ctx, stranger, server, since)
		m.Show("access log", "%v", line)
		m.Expect(line["error"]).To(ContainSubstring(m.Scene + "/deny-stranger"))
	},
	Breaks: []suites.Break{
		{Name: "another-policy-denies", Old: `name: deny-stranger`, New: `name: deny-somebody`},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
	},
}
