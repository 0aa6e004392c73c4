package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func issue(t *testing.T, a *Authority, leaf Leaf) *x509.Certificate {
	t.Helper()
	pair, err := a.Issue(leaf)
	if err != nil {
		t.Fatal(err)
	}
	// It fails when key and certificate do not belong together.
	cert, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	a, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestIssue(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	server := Leaf{Name: "api", DNS: []string{"kubernetes.default"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}}
	client := Leaf{Name: "system:node:a-0", Groups: []string{"system:nodes"}}
	for _, tc := range []struct {
		name  string
		leaf  Leaf
		roots []byte
		asked x509.VerifyOptions
		want  string // part of the refusal, "" when accepted
	}{
		{"server by name", server, a.Cert, x509.VerifyOptions{DNSName: "kubernetes.default"}, ""},
		{"server by address", server, a.Cert, x509.VerifyOptions{DNSName: "127.0.0.1"}, ""},
		{"server by a name it has not", server, a.Cert, x509.VerifyOptions{DNSName: "localhost"}, "not localhost"},
		{"server as client", server, a.Cert, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ""},
		{"client", client, a.Cert, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ""},
		{"client as server", client, a.Cert, x509.VerifyOptions{}, "incompatible key usage"},
		{"another authority's", server, other.Cert, x509.VerifyOptions{}, "unknown authority"},
		{"after its time", server, a.Cert, x509.VerifyOptions{CurrentTime: time.Now().Add(validity + skew)}, "expired"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.asked.Roots = x509.NewCertPool()
			if !tc.asked.Roots.AppendCertsFromPEM(tc.roots) {
				t.Fatal("the authority's certificate is no PEM")
			}
			_, err := issue(t, a, tc.leaf).Verify(tc.asked)
			if tc.want == "" && err != nil {
				t.Errorf("refused: %v", err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want a refusal that says %q", err, tc.want)
			}
		})
	}
}

func TestIssueNamesUserAndGroups(t *testing.T) {
	subject := issue(t, newAuthority(t), Leaf{Name: "admin", Groups: []string{"system:masters"}}).Subject
	if diff := cmp.Diff([]string{"admin", "system:masters"}, append([]string{subject.CommonName}, subject.Organization...)); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
}

func TestNewSigner(t *testing.T) {
	pair, err := NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := pem.Decode(pair.Cert)
	private, _ := pem.Decode(pair.Key)
	if public == nil || private == nil {
		t.Fatal("no PEM")
	}
	key, err := x509.ParseECPrivateKey(private.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	half, err := x509.ParsePKIXPublicKey(public.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !key.PublicKey.Equal(half) {
		t.Error("the halves do not belong together")
	}
}
