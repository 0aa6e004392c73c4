package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PodsBornWhileCiliumRestarts creates pods all the while that Cilium's agents restart. An agent that starts writes its CNI
// configuration anew, without istio-cni, which has to chain itself in again: whoever is born in between must be taken in
// from outside, if the runtime does not hold it back.
var PodsBornWhileCiliumRestarts = suites.Check{
	Name:    "PodsBornWhileCiliumRestarts",
	Summary: "Pods that are born while Cilium's agents restart all join the mesh, and istio-cni is chained again after it",
	Spec:    "https://docs.cilium.io/en/stable/network/servicemesh/istio/",
	Claims:  []string{"cilium.exclusive", "app.enrol-namespace", "app.no-bypass"},
	Level:   suites.Core,
	Needs:   []suites.Feature{suites.Cilium},
	Alone:   true,
	Serial:  true,
	Budget:  3 * time.Minute,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		newborns := m.Crowd("newborns", 24)
		born := make(chan error, 1)
		go func() { born <- births(ctx, m, newborns) }()
		m.RestartOn(ctx, fixtures.Cilium, "")
		m.Observed(<-born)

		m.By("seeing istio-cni chained on every node")
		m.Eventually(unchained).WithContext(ctx).WithArguments(m).WithTimeout(m.AtLeast(30 * time.Second)).Should(BeEmpty())
		started, err := m.Kube.AwaitPods(ctx, m.Scene, namesOf(newborns), startedInside)
		m.Expect(err).NotTo(HaveOccurred())
		m.Measure("pods that ran outside for a moment", float64(len(strays(started))), fmt.Sprintf("of %d", len(newborns)))
		m.By("waiting until each of them is captured")
		_, err = m.Kube.AwaitPods(ctx, m.Scene, namesOf(newborns), fixtures.Enrolled)
		m.Expect(err).NotTo(HaveOccurred())
	},
	Breaks: []suites.Break{
		{Name: "istio-cni-away", Alone: true, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.Withhold(ctx, fixtures.NodeCNI))
		}},
	},
}

// births creates pods one after the other over the time that a restart of agents takes.
func births(ctx context.Context, m *fixtures.Mesh, pods []*corev1.Pod) error {
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for _, pod := range pods {
		if err := m.Kube.Create(ctx, pod); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// unchained names the nodes whose runtime takes a configuration without istio-cni.
func unchained(ctx context.Context, m *fixtures.Mesh) (names []string, err error) {
	for _, node := range m.Nodes() {
		conflists, err := node.Conflists(ctx)
		if err != nil {
			return nil, err
		}
		plugins, err := conflists.Plugins()
		if err != nil || !slices.Contains(plugins, "istio-cni") { // while it is written anew there may be none
			names = append(names, node.Name)
		}
	}
	return names, nil
}
