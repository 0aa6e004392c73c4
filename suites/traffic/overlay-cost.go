package traffic

import (
	"context"
	"fmt"
	"math"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// What Istio publishes of one sidecar at a thousand requests a second of one kilobyte, two worker threads (its page on
// performance and scalability, 1.24). No sidecar runs here: these are what ztunnel's figures are held against.
const (
	sidecarCores  = 0.20
	sidecarMemory = 60 << 20 // bytes
)

// OverlayCost loads a connection between two nodes and looks at what that costs their ztunnels. Memory is amortized:
// every node has one ztunnel, where it would have a sidecar in every pod. CPU is not, as it goes with the requests.
var OverlayCost = suites.Check{
	Name:    "OverlayCost",
	Summary: "What the mesh uses at rest and a request costs its ztunnels, and from how many pods on a node that is a tenth of sidecars",
	Spec:    "https://istio.io/latest/docs/ops/deployment/performance-and-scalability/",
	Claims:  []string{"cost.ten-percent"},
	Level:   suites.Measured,
	Alone:   true, // whatever else asks something of a ztunnel would count
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		request.Payload, request.Timeout = 1<<10, probe.PatientTimeout
		since := time.Now()
		m.Served(ctx, client, request, server)
		m.Logged(ctx, client, server, since)
		for _, part := range []fixtures.Part{fixtures.Istiod, fixtures.NodeCNI, fixtures.Ztunnel} {
			m.Measure(part.Name+": memory on a node", megabytes(most(m.Usage(ctx, part))), "MB")
		}

		m.By("sending requests over %d connections that stay open", loadStreams)
		before := m.Usage(ctx, fixtures.Ztunnel)
		for i := range loadStreams {
			m.Observed(client.Stream(ctx, fmt.Sprint("load-", i), probe.Stream{Probe: request, Interval: 5 * time.Millisecond, Held: true}))
		}
		select {
		case <-ctx.Done():
		case <-time.After(loaded):
		}
		after := m.Usage(ctx, fixtures.Ztunnel)
		var requests int
		for i := range loadStreams {
			flow, err := client.StopStream(ctx, fmt.Sprint("load-", i))
			m.Observed(err)
			m.Expect(flow.Failures).To(BeZero(), "first failure: %v", flow.FirstFail)
			requests += flow.Requests
		}
		var cores float64 // of both ztunnels, at a thousand requests a second
		for node := range after {
			cores += (after[node].CPU - before[node].CPU).Seconds() / float64(requests) * 1000
		}
		m.Expect(requests).To(BeNumerically(">", 500), "too few requests to tell")
		m.Expect(cores).To(BeNumerically(">", 0), "the ztunnels used no time at all: somebody else carried the requests")
		m.Measure("requests", float64(requests), "")
		m.Measure("CPU of one ztunnel at 1,000 requests a second", cores/2, "cores")
		m.Measure("the same, of a sidecar's published CPU", cores/2/sidecarCores*100, "%")
		memory := most(after)
		m.Measure("ztunnel: memory under load", megabytes(memory), "MB")
		m.Measure("pods on a node from which that is a tenth of sidecars' published memory", math.Ceil(float64(memory)/(sidecarMemory/10)), "")
	},
	Breaks: []suites.Break{
		{Name: "neither-is-captured", Old: "istio.io/dataplane-mode: ambient", New: "istio.io/dataplane-mode: none"},
	},
}

const (
	loadStreams = 5
	loaded      = 4 * time.Second // enough of the kernel's hundredths of a second of CPU to tell a few per cent
)

// most is the memory on the node where it is most, in bytes.
func most(used map[string]probe.Usage) (memory int) {
	for _, u := range used {
		memory = max(memory, u.Memory)
	}
	return memory
}

func megabytes(bytes int) float64 { return float64(bytes) / (1 << 20) }
