package traffic

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SearchPathsResolve looks Services up in all the ways in which Kubernetes lets a pod write their names.
var SearchPathsResolve = suites.Check{
	Name:    "SearchPathsResolve",
	Summary: "Short, partly and fully qualified names resolve in a captured client, of its own namespace and of another",
	Spec:    "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
	Claims:  []string{"app.unmodified"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		own := m.ClusterIP(ctx, "server")
		for _, name := range []string{"server", "server." + m.Scene, "server." + m.Scene + ".svc", "server." + m.Scene + ".svc.cluster.local."} {
			resolves(ctx, m, "client", name, own)
		}
		other := m.Scene + "-other"
		distant, err := m.Kube.Clientset.CoreV1().Services(other).Get(ctx, "distant", metav1.GetOptions{})
		m.Observed(err)
		for _, name := range []string{"distant." + other, "distant." + other + ".svc", "distant." + other + ".svc.cluster.local"} {
			resolves(ctx, m, "client", name, distant.Spec.ClusterIP)
		}
	},
	Breaks: []suites.Break{
		{Name: "dns-capture-broken", Faults: []string{"dns-capture-broken"}},
	},
}
