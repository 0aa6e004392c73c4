package mtls

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
)

// handshake returns what a workload presents on its HBONE port to a client without a certificate.
func handshake(ctx context.Context, m *fixtures.Mesh, from, server *fixtures.Workload) *probe.TLSSeen {
	seen := knock(ctx, m, from, probe.To(probe.TLS, server.IP, hbonePort))
	return seen.TLS
}

// knock tries a TLS handshake, which the server may break off once it has introduced itself.
func knock(ctx context.Context, m *fixtures.Mesh, from *fixtures.Workload, p probe.Probe) probe.Outcome {
	seen := m.Try(ctx, from, p)
	m.Expect(seen.TLS).NotTo(BeNil(), "no TLS handshake: %s", seen)
	m.Expect(seen.TLS.Version).NotTo(BeEmpty(), "the server did not introduce itself: %s", seen)
	return seen
}

// An impostor is a pod outside the mesh that itself serves TLS, of any version and to anybody, on the HBONE port. It
// is what
// breaks the checks of that port on any mesh: these texts turn the server of their manifests into one.
const (
	impostorOld = `{app: server}, annotations: {conformance.ambient/node: "1"}}
spec:
  serviceAccountName: server
  containers: [{name: agent}]`
	impostorNew = `{app: server, istio.io/dataplane-mode: none}, annotations: {conformance.ambient/node: "1"}}
spec:
  serviceAccountName: server
  containers: [{name: agent, args: [serve, tcp=9090, https=15008]}]`
)
