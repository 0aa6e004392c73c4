package cilium

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// AlwaysEnforcedBlocksProbes lets Cilium enforce policy on pods that none selects, which is default-deny for everybody.
var AlwaysEnforcedBlocksProbes = suites.Check{
	Name:    "AlwaysEnforcedBlocksProbes",
	Summary: "With policyEnforcementMode=always kubelet probes of captured pods are blocked until a policy admits them",
	Spec:    prerequisites,
	Claims:  []string{"cilium.default-deny", "cilium.ccnp"},
	Level:   suites.Extended,
	Needs:   needsCilium,
	Alone:   true, // it concerns every pod
	Serial:  true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		back := enforce(ctx, m, "always")
		defer m.PutBack(back)
		goNotReady(ctx, m, "policyEnforcementMode=always", "web")
		m.Show("a pod outside of the mesh", "%s", standing(ctx, m, "uncaptured"))
		m.Apply(ctx, "override")
		goReady(ctx, m, "the override", "web")
	},
	Breaks: []suites.Break{
		{Name: "override-admits-another-address", Old: "169.254.7.127/32", New: "169.254.7.128/32", Alone: true},
	},
}

// standing says whether the kubelet holds a pod ready.
func standing(ctx context.Context, m *fixtures.Mesh, name string) string {
	if missing := fixtures.Ready(m.Pod(ctx, m.Workload(name))); missing != "" {
		return "not ready: " + missing
	}
	return "ready"
}

// enforce sets the policy enforcement of every agent while it runs. The function it returns sets it back.
func enforce(ctx context.Context, m *fixtures.Mesh, mode string) (back func() error) {
	m.By("setting policy enforcement to %s", mode)
	before := modeOf(ctx, m)
	back = sync.OnceValue(func() error {
		_, err := m.OnEachCilium(context.WithoutCancel(ctx), "cilium-dbg", "config", "PolicyEnforcement="+before)
		return err
	})
	if _, err := m.OnEachCilium(ctx, "cilium-dbg", "config", "PolicyEnforcement="+mode); err != nil {
		m.Observed(errors.Join(err, back()))
	}
	return back
}

// modeOf is how the agents enforce policy now; that they agree is part of the observation.
func modeOf(ctx context.Context, m *fixtures.Mesh) string {
	printed, err := m.OnEachCilium(ctx, "cilium-dbg", "config", "get", "PolicyEnforcement")
	m.Observed(err)
	mode := ""
	for node, line := range printed {
		words := strings.Fields(line)
		if len(words) == 0 || mode != "" && mode != words[len(words)-1] {
			m.Observed(fmt.Errorf("reading the policy enforcement of %s: unexpected %q", node, line))
		}
		mode = words[len(words)-1]
	}
	m.Expect(mode).NotTo(BeEmpty())
	return mode
}
