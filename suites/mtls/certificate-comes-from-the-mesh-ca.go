package mtls

import (
	"context"
	"crypto/x509"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// CertificateComesFromTheMeshCA verifies what port 15008 presents as any member of the mesh would, but with a
// verifier of its own.
var CertificateComesFromTheMeshCA = suites.Check{
	Name:    "CertificateComesFromTheMeshCA",
	Summary: "A workload's certificate chains to the mesh's root, names one SPIFFE identity, and is valid for a day at most",
	Spec:    "https://istio.io/latest/docs/concepts/security/",
	Claims:  []string{"overlay.mtls"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		server, outsider := m.Workload("server"), m.Workload("outsider")
		seen := handshake(ctx, m, outsider, server)
		m.Expect(seen.URIs).To(ConsistOf(server.Identity()))
		leaf, rest := parseChain(m, seen.Chain)
		roots := x509.NewCertPool()
		m.Expect(roots.AppendCertsFromPEM(meshRoot(ctx, m))).To(BeTrue(), "the mesh's root is no certificate")

		const day, skew = 24 * time.Hour, 5 * time.Minute
		m.Expect(leaf.NotAfter.Sub(leaf.NotBefore)).To(BeNumerically("<=", day+skew), "it is valid for too long")

		m.By("verifying the certificate against the mesh's root")
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: rest, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		m.Expect(err).NotTo(HaveOccurred(), "issued by %s", leaf.Issuer)
		m.Expect(len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.EmailAddresses)).To(BeZero(), "it has other names beside its identity")
	},
	Breaks: []suites.Break{
		{Name: "self-signed", Faults: []string{"self-signed"}},
		{Name: "long-lived", Faults: []string{"long-lived"}},
		{Name: "impostor", Old: impostorOld, New: impostorNew},
	},
}

func parseChain(m *fixtures.Mesh, chain [][]byte) (leaf *x509.Certificate, rest *x509.CertPool) {
	rest = x509.NewCertPool()
	for i, der := range chain {
		certificate, err := x509.ParseCertificate(der)
		m.Expect(err).NotTo(HaveOccurred(), "certificate %d of the chain", i)
		if i == 0 {
			leaf = certificate
			continue
		}
		rest.AddCert(certificate)
	}
	return leaf, rest
}

// meshRoot is the root that istiod publishes in every namespace; it may take a moment to reach a new one.
func meshRoot(ctx context.Context, m *fixtures.Mesh) []byte {
	var root string
	m.Eventually(func(ctx context.Context) error {
		published, err := m.Kube.Clientset.CoreV1().ConfigMaps(m.Scene).Get(ctx, "istio-ca-root-cert", metav1.GetOptions{})
		root = published.Data["root-cert.pem"]
		return err
	}).WithContext(ctx).Should(Succeed())
	return []byte(root)
}
