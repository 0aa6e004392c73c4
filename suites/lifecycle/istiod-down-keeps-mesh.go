package lifecycle

import (
	"context"

	"github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// IstiodDownKeepsMesh takes istiod away for a while.
var IstiodDownKeepsMesh = suites.Check{
	Name:    "IstiodDownKeepsMesh",
	Summary: "While istiod is down captured workloads keep talking over mutual TLS, and follow policy again once it is back",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/control-plane/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server := m.Workload("client"), m.Workload("server")
		back := func() error { return m.ScaleIstiod(context.WithoutCancel(ctx), 1) }
		defer m.PutBack(back)
		undisturbed(ctx, m, client, server, "istiod down", func() {
			m.By("taking istiod away")
			m.Observed(m.ScaleIstiod(ctx, 0))
			stillMutual(ctx, m, client, server)
		})
		m.By("bringing istiod back, with a policy for it to tell")
		m.Observed(back())
		// Its webhook answers a moment after it is ready, when its Service has it again.
		m.Eventually(m.TryApply).WithContext(ctx).WithArguments("deny").Should(gomega.Succeed())
		followed(ctx, m, client, server)
	},
	Breaks: []suites.Break{
		{Name: "nobody-denied", Old: "sa/client", New: "sa/nobody"},
		{Name: "server-flickers", Do: flicker},
	},
}
