package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// OneByteBannerArrives greets with the least there is: a proxy that sniffs protocols or gathers bytes would sit on it.
var OneByteBannerArrives = suites.Check{
	Name:    "OneByteBannerArrives",
	Summary: "A greeting of one single byte reaches a client that waits for it, and the conversation goes on",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		request := probe.To(probe.Byte, m.Workload("server").IP, endingPorts[probe.Byte])
		m.Served(ctx, m.Workload("client"), request, m.Workload("server"))
		m.Served(ctx, m.Workload("outsider"), request, m.Workload("server"))
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "greets-otherwise", Old: "byte=9095", New: "banner=9095"},
	},
}

// endingPorts are where manifests put the servers about first bytes and ends.
var endingPorts = map[probe.Kind]int{probe.Byte: 9095, probe.Farewell: 9096, probe.Abort: 9097, probe.Crash: 9098}
