package mtls

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MeshWideStrict sets STRICT in the root namespace, where it holds for every namespace. Mesh-wide policy hits every
// other check, so it runs alone and takes its object back whatever happens.
var MeshWideStrict = suites.Check{
	Name:    "MeshWideStrict",
	Summary: "A PeerAuthentication in the root namespace makes the whole mesh STRICT, and takes STRICT back when it goes",
	Spec:    "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
	Claims:  []string{"overlay.mtls", "overlay.no-waypoint"},
	Level:   suites.Core,
	Alone:   true,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		client, server, outsider := m.Workload("client"), m.Workload("server"), m.Workload("outsider")
		request := probe.To(probe.TCP, server.IP, fixtures.TCPPort)
		m.Served(ctx, outsider, request, server)
		m.By("turning STRICT on for the whole mesh")
		withdraw := meshWide(ctx, m, "STRICT")
		defer m.PutBack(withdraw)
		m.Denied(ctx, outsider, request)
		m.Served(ctx, client, request, server)
		m.By("withdrawing it")
		m.Observed(withdraw())
		m.Served(ctx, outsider, request, server)
	},
	Breaks: []suites.Break{
		{Name: "strict-ignored", Faults: []string{"strict-ignored"}},
		{Name: "namespace-exempt", Do: func(ctx context.Context, m *fixtures.Mesh) { m.Apply(ctx, "exception") }},
	},
}

// meshWide imposes the mesh-wide policy, the same for all trials, and returns what removes it.
func meshWide(ctx context.Context, m *fixtures.Mesh, mode string) (withdraw func() error) {
	policy := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
		"metadata": map[string]any{
			"name": "conformance-mesh-wide", "namespace": m.RootNamespace, "labels": map[string]any{fixtures.OwnerLabel: m.Run},
		},
		"spec": map[string]any{"mtls": map[string]any{"mode": mode}},
	}}
	return m.Impose(ctx, policy)
}
