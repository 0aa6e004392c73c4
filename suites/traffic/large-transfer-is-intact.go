package traffic

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// LargeTransferIsIntact sends twelve million numbered bytes there and back, over HBONE and over plaintext.
var LargeTransferIsIntact = suites.Check{
	Name:    "LargeTransferIsIntact",
	Summary: "Twelve megabytes sent to a captured server come back byte for byte, over HBONE and over plaintext",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/hbone/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		request := probe.To(probe.TCP, m.Workload("server").IP, fixtures.TCPPort)
		request.Marker, request.Payload, request.Timeout = numbered(250_000), 10<<20, 20*time.Second
		for _, name := range []string{"client", "outsider"} {
			outcome := m.Try(ctx, m.Workload(name), request)
			m.Expect(outcome).To(fixtures.BeServedBy(m.Workload("server")), "from %s", name)
			m.Measure("twelve megabytes there and back, "+name, outcome.Latency.Seconds(), "s")
		}
	},
	Breaks: []suites.Break{
		{Name: "long-packets-lost", Do: losingLongPackets("server")},
	},
}

// numbered is a text of eight bytes a number, no two of which are alike: bytes that change places are noticed.
func numbered(numbers int) string {
	var text strings.Builder
	for n := range numbers {
		fmt.Fprintf(&text, "%07d.", n)
	}
	return text.String()
}
