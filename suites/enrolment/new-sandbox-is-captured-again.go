package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// NewSandboxIsCapturedAgain kills the sandbox of a captured pod, so that the kubelet makes it a new network namespace.
var NewSandboxIsCapturedAgain = suites.Check{
	Name:    "NewSandboxIsCapturedAgain",
	Summary: "A pod whose sandbox is made anew is captured in its new network namespace",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.no-bypass"},
	Level:   suites.Extended,
	Once:    true, // its server has another address then
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		before, err := m.NodeOf(server).Redirection(ctx, server)
		m.Observed(err)
		m.Expect(before.Chains).NotTo(BeEmpty(), "it was not captured to begin with")
		m.Sabotage(ctx, probe.Sabotage{Collapse: true}, "server")

		m.By("waiting for the new sandbox")
		request := func(ctx context.Context) (probe.Outcome, error) {
			return client.Probe(ctx, probe.To(probe.TCP, m.Pod(ctx, server).Status.PodIP, fixtures.TCPPort))
		}
		m.Eventually(func(ctx context.Context) (uint64, error) {
			seen, err := m.NodeOf(server).Agent.Redirection(ctx, server.UID)
			if err != nil || len(seen.Chains) == 0 {
				return before.Netns, nil // between two sandboxes there is nothing to look into
			}
			return seen.Netns, nil
		}).WithContext(ctx).WithTimeout(m.AtLeast(20 * time.Second)).ShouldNot(Equal(before.Netns))
		m.Eventually(request).WithContext(ctx).WithTimeout(m.AtLeast(20 * time.Second)).Should(fixtures.BeServedBy(server))
		m.Expect(m.AwaitCaptured(ctx, "server")).To(Succeed()) // its peers learn of the new address from istiod, a moment later
		since := time.Now()
		m.Eventually(request).WithContext(ctx).Should(fixtures.BeServedBy(server))
		m.Expect(m.Logged(ctx, client, server, since)).To(HaveKeyWithValue("src.identity", client.Identity()))
	},
	Breaks: []suites.Break{
		{Name: "server-opted-out", Old: "{app: server}", New: "{app: server, istio.io/dataplane-mode: none}"},
	},
}
