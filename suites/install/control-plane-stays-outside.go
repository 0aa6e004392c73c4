package install

import (
	"context"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ControlPlaneStaysOutside looks for the mark of captured pods on the mesh's own and on the cluster's name servers.
var ControlPlaneStaysOutside = suites.Check{
	Name:    "ControlPlaneStaysOutside",
	Summary: "Neither the mesh's own pods nor the cluster's name servers are captured by the mesh",
	Spec:    "https://istio.io/latest/docs/ambient/architecture/control-plane/",
	Claims:  []string{"deploy.separate-step"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		nameServers := fixtures.Part{Name: "CoreDNS", Selector: "k8s-app=kube-dns"}
		for _, part := range []fixtures.Part{fixtures.Istiod, fixtures.NodeCNI, fixtures.Ztunnel, nameServers} {
			pods, err := m.Kube.PartPods(ctx, part, "")
			m.Observed(err)
			if part != nameServers { // which a cluster may call otherwise
				m.Expect(pods).NotTo(BeEmpty(), "no pod of %s", part.Name)
			}
			for i := range pods {
				m.Expect(fixtures.Reverted(&pods[i])).To(BeEmpty(), "%s/%s is captured", pods[i].Namespace, pods[i].Name)
			}
		}
	},
	Breaks: []suites.Break{
		{Name: "one-is-captured", Alone: true, Old: "{app: witness}", New: "{app: istiod, istio.io/dataplane-mode: ambient}"},
	},
}
