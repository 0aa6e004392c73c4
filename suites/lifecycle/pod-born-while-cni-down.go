package lifecycle

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PodBornWhileCNIDown creates a pod of the mesh while no istio-cni runs.
var PodBornWhileCNIDown = suites.Check{
	Name:    "PodBornWhileCNIDown",
	Summary: "A pod that is created while istio-cni is away never becomes ready outside the mesh, and joins it afterwards",
	Spec:    "https://istio.io/latest/docs/setup/additional-setup/cni/",
	Claims:  []string{"app.no-bypass", "app.enrol-namespace"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client := m.Workload("client")
		back := m.KeepAway(ctx, fixtures.NodeCNI)
		defer m.PutBack(back)
		m.Apply(ctx, "birth")
		m.Consistently(slipped).WithContext(ctx).WithArguments(m, "newborn").WithTimeout(4 * time.Second).Should(BeEmpty())

		m.By("bringing istio-cni back")
		m.Observed(back())
		m.Expect(m.AwaitCaptured(ctx, "newborn")).To(Succeed())
		m.Expect(m.Await(ctx, fixtures.Ready, "newborn")).To(Succeed())
		stillMutual(ctx, m, client, m.Workload("newborn"))
	},
	Breaks: []suites.Break{
		{Name: "newborn-opted-out", Old: "{app: newborn}", New: "{app: newborn, istio.io/dataplane-mode: none}"},
	},
}
