package lifecycle

import (
	"context"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// requestTo is what clients ask around every disturbance.
func requestTo(server *fixtures.Workload) probe.Probe {
	return probe.To(probe.TCP, server.IP, fixtures.TCPPort)
}

// hasty is a request that gives up soon, so that a stream goes on asking while nobody answers.
func hasty(server *fixtures.Workload) probe.Probe {
	request := requestTo(server)
	request.Timeout = 500 * time.Millisecond
	return request
}

// reconnection is how long policy may take after istiod was away: ztunnel tries again at intervals that grow to 15 seconds.
const reconnection = 30 * time.Second

// under sends requests over new connections while something happens, and until one is served after it.
func under(ctx context.Context, m *fixtures.Mesh, client, server *fixtures.Workload, request probe.Probe, happens func()) probe.Flow {
	m.Served(ctx, client, requestTo(server), server)
	m.Observed(client.Stream(ctx, "new", probe.Stream{Probe: request}))
	happens()
	m.Served(ctx, client, requestTo(server), server)
	return m.EndStream(ctx, client, "new")
}

// undisturbed demands that nothing fails while something happens: neither requests over new connections nor those over
// one that was open before.
func undisturbed(ctx context.Context, m *fixtures.Mesh, client, server *fixtures.Workload, what string, happens func()) {
	// A busy machine or a lost packet makes a request slow, which the longest gap tells, and none fail.
	request := requestTo(server)
	request.Timeout = probe.PatientTimeout
	m.Served(ctx, client, request, server)
	m.Observed(client.Stream(ctx, "held", probe.Stream{Probe: request, Held: true}))
	fresh := under(ctx, m, client, server, request, happens)
	held := m.EndStream(ctx, client, "held")
	m.MeasureFlow(what, fresh)
	m.Expect(fresh.Requests).To(BeNumerically(">", 20), "too few requests to tell")
	m.Expect(fresh.Failures).To(BeZero(), "first failure: %v", fresh.FirstFail)
	m.Expect(held).To(fixtures.Stand(), "the connection that was open before")
}

// stillMutual demands that a request is carried by mutual TLS, with both identities, now.
func stillMutual(ctx context.Context, m *fixtures.Mesh, client, server *fixtures.Workload) {
	since := time.Now()
	m.Served(ctx, client, requestTo(server), server)
	access := m.Logged(ctx, client, server, since)
	m.Expect(access).To(HaveKeyWithValue("src.identity", client.Identity()))
	m.Expect(access).To(HaveKeyWithValue("dst.identity", server.Identity()))
}

// followed demands that every ztunnel hears of the policy that was applied while istiod was away or new, and that the one
// of the server obeys it.
func followed(ctx context.Context, m *fixtures.Mesh, client, server *fixtures.Workload) {
	m.Eventually(m.Untold).WithContext(ctx).WithArguments("deny").WithTimeout(reconnection).Should(BeEmpty())
	m.Denied(ctx, client, requestTo(server))
	m.Served(ctx, server, requestTo(client), client)
}

// flicker lets the server of a check close and open its ports again and again until the check is over.
func flicker(ctx context.Context, m *fixtures.Mesh) {
	client, server := m.Workload("client"), m.Workload("server")
	go func() {
		ticker := time.NewTicker(300 * time.Millisecond)
		defer ticker.Stop()
		for healthy := false; server.Agent.SetHealth(ctx, healthy) == nil; healthy = !healthy {
			<-ticker.C
		}
	}()
	m.Eventually(client.Probe).WithContext(ctx).WithArguments(requestTo(server)).Should(fixtures.BeDenied())
}

// goesDown lets an app fail its health checks, and waits until the kubelet has noticed.
func goesDown(ctx context.Context, m *fixtures.Mesh, name string) {
	m.Observed(m.Workload(name).Agent.SetHealth(ctx, false))
	m.Observed(m.Await(ctx, fixtures.NotReady, name))
}

// readySince says since when pods have been ready without interruption.
func readySince(ctx context.Context, m *fixtures.Mesh, names ...string) map[string]string {
	since := map[string]string{}
	for _, name := range names {
		for _, condition := range m.Pod(ctx, m.Workload(name)).Status.Conditions {
			if condition.Type == corev1.PodReady {
				since[name] = string(condition.Status) + " since " + condition.LastTransitionTime.UTC().String()
			}
		}
	}
	return since
}
