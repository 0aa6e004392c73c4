package lifecycle

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
)

// leaveWebhook makes a webhook configuration that looks like istiod's and that no removal knows. It intercepts nothing.
func leaveWebhook(ctx context.Context, m *fixtures.Mesh) {
	left := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "istio-validator-left-behind"}}
	m.Observed(m.Kube.Create(ctx, left))
	m.Afterwards(func() error { return m.Kube.Remove(context.WithoutCancel(ctx), left) })
}
