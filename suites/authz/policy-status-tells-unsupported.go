package authz

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicyStatusTellsUnsupported reads the condition that istiod writes on policies.
var PolicyStatusTellsUnsupported = suites.Check{
	Name:    "PolicyStatusTellsUnsupported",
	Summary: "The status of a policy says what ztunnel could not take of it, and of one that it took whole that it was accepted",
	Spec:    "https://istio.io/latest/docs/ambient/usage/l4-policy/",
	Claims:  []string{"overlay.l4-authz", "overlay.no-waypoint"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		m.By("applying a policy with HTTP fields and one without")
		policies := m.Enforce(ctx, "both")
		for name, want := range map[string]string{"with-http": "UnsupportedValue methods", "without": "Accepted attached"} {
			reason, word, _ := strings.Cut(want, " ")
			m.Eventually(func(ctx context.Context) (string, error) {
				return ztunnelAccepted(ctx, m, policies, name)
			}).WithContext(ctx).Should(And(HavePrefix(reason), ContainSubstring(word)), name)
		}
	},
	Breaks: []suites.Break{
		{Name: "nothing-unsupported", Old: `methods: [GET]`, New: `ports: ["9090"]`},
		{Name: "both-unsupported", Old: `notPorts: ["1"]`, New: `paths: ["/"]`},
	},
}

// ztunnelAccepted is the reason and the message of a policy's condition ZtunnelAccepted.
func ztunnelAccepted(ctx context.Context, m *fixtures.Mesh, policies []*unstructured.Unstructured, name string) (string, error) {
	for _, policy := range policies {
		if policy.GetName() != name {
			continue
		}
		if err := m.Kube.Resources().Get(ctx, name, policy.GetNamespace(), policy); err != nil {
			return "", fmt.Errorf("reading policy %s: %w", name, err)
		}
		conditions, _, err := unstructured.NestedSlice(policy.Object, "status", "conditions")
		for _, condition := range conditions {
			if fields, ok := condition.(map[string]any); ok && fields["type"] == "ZtunnelAccepted" {
				return fmt.Sprint(fields["reason"], ": ", fields["message"]), nil
			}
		}
		return "", err
	}
	return "", fmt.Errorf("no policy %s", name)
}
