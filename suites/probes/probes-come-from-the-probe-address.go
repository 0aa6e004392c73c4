package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ProbesComeFromTheProbeAddress compares the prober that a captured app sees with the one that its uncaptured
// neighbour sees.
var ProbesComeFromTheProbeAddress = suites.Check{
	Name:    "ProbesComeFromTheProbeAddress",
	Summary: "A captured app sees the kubelet at 169.254.7.127, and a neighbour outside the mesh never does",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/traffic-redirection/",
	Claims:  []string{"probes.health"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for name, expected := range map[string]func(any) bool{
			"captured":  func(source any) bool { return source == probe.KubeletAddress },
			"neighbour": func(source any) bool { return source != probe.KubeletAddress },
		} {
			m.By("reading whom %s saw", name)
			since := time.Now()
			m.Eventually(kubeletSources).WithContext(ctx).WithTimeout(m.AtLeast(6*time.Second)).WithArguments(m, name, since).
				Should(And(Not(BeEmpty()), HaveEach(Satisfy(expected))), "sources of kubelet probes of %s", name)
		}
	},
	Breaks: []suites.Break{
		{Name: "forgotten-by-the-node", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Forget: true}, "captured")
		}},
		{Name: "neighbour-captured", Old: ", istio.io/dataplane-mode: none", New: ""},
	},
}
