package enrolment

import (
	"context"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// NewPodsJoinAtBirth creates a pod whose init container connects at once.
var NewPodsJoinAtBirth = suites.Check{
	Name:    "NewPodsJoinAtBirth",
	Summary: "A pod created in a labelled namespace is captured before its first container makes its first connection",
	Spec:    "https://istio.io/latest/docs/ambient/usage/add-workloads/",
	Claims:  []string{"app.no-bypass", "app.enrol-namespace"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server := m.Workload("server")
		since := time.Now()
		m.Apply(ctx, "birth")
		newborn := m.Workload("newborn")
		m.By("finding the init container's connection among those that ztunnel carried")
		m.Expect(m.Logged(ctx, newborn, server, since)).To(HaveKeyWithValue("src.identity", newborn.Identity()))
	},
	Breaks: []suites.Break{
		{Name: "newborn-opted-out", Old: "{app: newborn}", New: "{app: newborn, istio.io/dataplane-mode: none}"},
	},
}
