package authz

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// TruthTable enforces one case after the other and compares who reaches whom with what package model predicts. Cases
// are data: what the manifest holds back under cues that begin with "case".
var TruthTable = suites.Check{
	Name:    "TruthTable",
	Summary: "Whatever layer-4 policy says, nine workloads reach each other exactly as it says",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Core,
	Budget:  12 * time.Minute, // it takes 14 seconds on two idle cores, and was seen to take six minutes on crowded ones
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		begun, t := time.Now(), newTable(ctx, m)
		var enforced []float64
		var standing []*unstructured.Unstructured
		defer func() { m.Retract(ctx, standing) }()
		for _, cue := range cases(m) {
			m.By("%s", cue)
			previous := standing
			standing = m.Policies(cue)
			since := time.Now()
			for _, policy := range standing {
				m.Observed(m.Kube.Create(ctx, policy))
			}
			m.Retract(ctx, previous)
			m.AwaitPolicies(ctx, standing, previous)
			t.compare(ctx, cue, standing)
			enforced = append(enforced, float64(time.Since(since).Milliseconds()))
		}
		slices.Sort(enforced)
		m.Expect(len(enforced)).To(BeNumerically(">=", 40), "cases in the manifest")
		m.Measure("cases", float64(len(enforced)), "")
		m.Measure("pairs", float64(t.pairs), "")
		m.Measure("median time until a case held", enforced[len(enforced)/2], "ms")
		m.Measure("whole table", time.Since(begun).Seconds(), "s")
	},
	Breaks: []suites.Break{
		{Name: "policy-ignored", Faults: []string{"policy-ignored"}},
		{Name: "deny-ignored", Faults: []string{"deny-ignored"}},
		{Name: "one-pair-denied", Do: func(ctx context.Context, m *fixtures.Mesh) { m.Enforce(ctx, "untold") }},
	},
}

func cases(m *fixtures.Mesh) []string {
	accounts := m.IstioAtLeast(suites.AccountsSince)
	return slices.DeleteFunc(m.Cues(), func(cue string) bool {
		return !strings.HasPrefix(cue, "case ") || !accounts && strings.Contains(cue, " account")
	})
}

// compare waits until the mesh does what the model predicts, and looks once more: a case may pass through its
// prediction on the way to something else.
func (t *table) compare(ctx context.Context, cue string, policies []*unstructured.Unstructured) {
	ports := portsOf(policies)
	predicted := t.predict(policies, ports)
	var seen matrix
	look := func(ctx context.Context) (string, error) {
		var err error
		seen, err = t.observe(ctx, ports)
		return predicted.differences(seen), err
	}
	defer func() {
		if difference := predicted.differences(seen); difference != "" {
			t.m.Show(cue, "expected:\n%s\nobserved:\n%s", predicted, seen)
		}
	}()
	t.m.Eventually(look).WithContext(ctx).Should(BeEmpty(), fmt.Sprintf("pairs that differ in %s", cue))
	again, err := look(ctx)
	t.m.Observed(err)
	t.m.Expect(again).To(BeEmpty(), "pairs that differ in %s, a moment later", cue)
}
