package install

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// InstallLeavesPodsAlone compares pods, and their network namespaces, from before the installation with after it.
var InstallLeavesPodsAlone = suites.Check{
	Name:    "InstallLeavesPodsAlone",
	Summary: "Installing ambient mode restarts no pod, adds no container and leaves network namespaces untouched",
	Spec:    "https://istio.io/latest/docs/ambient/install/",
	Claims:  []string{"deploy.safe-install", "app.unmodified"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Install},
	Before: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("noting how the pod looks before there is a mesh")
		m.Remember("witness", look(ctx, m, "witness"))
	},
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("looking at the pod again")
		m.Expect(look(ctx, m, "witness")).To(Equal(m.Recall("witness")))
	},
	Breaks: []suites.Break{
		{Name: "enrolled-by-install", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
			m.Observed(m.AwaitCaptured(ctx, "witness"))
		}},
	},
}

// portrait is what must not change about a pod that nobody touches.
type portrait struct {
	UID         string
	Containers  int
	Restarts    int32
	Annotations map[string]string
	Netns       probe.Redirection
}

func look(ctx context.Context, m *fixtures.Mesh, name string) portrait {
	w := m.Workload(name)
	pod := m.Pod(ctx, w)
	netns, err := m.NodeOf(w).Redirection(ctx, w)
	m.Observed(err)
	seen := portrait{
		UID:         string(pod.UID),
		Containers:  len(pod.Spec.Containers) + len(pod.Spec.InitContainers),
		Annotations: pod.Annotations,
		Netns:       netns,
	}
	for _, status := range pod.Status.ContainerStatuses {
		seen.Restarts += status.RestartCount
	}
	return seen
}
