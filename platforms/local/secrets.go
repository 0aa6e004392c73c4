//go:build linux

package local

import (
	"fmt"
	"net"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/pki"
)

const admins = "system:masters" // the group RBAC lets do everything

// authorities sign for one cluster and are forgotten when it has been created.
type authorities struct {
	cluster    *pki.Authority
	frontProxy *pki.Authority // apart, so that no other client can speak for a user
	tokens     pki.Pair
}

func newAuthorities() (authorities, error) {
	cluster, err := pki.NewAuthority("ambient-conformance")
	if err != nil {
		return authorities{}, err
	}
	frontProxy, err := pki.NewAuthority("ambient-conformance front proxy")
	if err != nil {
		return authorities{}, err
	}
	tokens, err := pki.NewSigner()
	return authorities{cluster: cluster, frontProxy: frontProxy, tokens: tokens}, err
}

// secrets are the keys, certificates and kubeconfigs of a node, by file name below its etc directory.
func (a authorities) secrets(spec platforms.Spec, i int) (map[string][]byte, error) {
	s := secretWriter{files: map[string][]byte{"ca.crt": a.cluster.Cert}}
	name, address := nodeName(spec.Name, i), nodeAddress(i).Addr().AsSlice()
	s.pair("kubelet", a.cluster, pki.Leaf{Name: name, DNS: []string{name}, IPs: []net.IP{address}})
	s.kubeconfig("kubelet", a.cluster, pki.Leaf{Name: "system:node:" + name, Groups: []string{"system:nodes"}})
	if !spec.DisableKubeProxy {
		s.kubeconfig("kube-proxy", a.cluster, pki.Leaf{Name: "system:kube-proxy"})
	}
	if i == 0 {
		a.controlPlane(&s)
	}
	return s.files, s.err
}

// controlPlane adds what only the first node may know: whoever has it is the cluster's administrator.
func (a authorities) controlPlane(s *secretWriter) {
	s.files["ca.key"] = a.cluster.Key
	s.files["sa.key"], s.files["sa.pub"] = a.tokens.Key, a.tokens.Cert
	s.files["front-proxy-ca.crt"] = a.frontProxy.Cert
	s.pair("front-proxy-client", a.frontProxy, pki.Leaf{Name: "front-proxy-client"})
	s.pair("apiserver", a.cluster, pki.Leaf{
		Name: "kube-apiserver",
		DNS: []string{
			"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		},
		IPs: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(apiService), nodeAddress(0).Addr().AsSlice()},
	})
	s.pair("apiserver-kubelet-client", a.cluster, pki.Leaf{Name: "kube-apiserver-kubelet-client", Groups: []string{admins}})
	// It acts for all its controllers itself: a service account for each of them costs a second at start.
	s.kubeconfig("controller-manager", a.cluster, pki.Leaf{Name: "system:kube-controller-manager", Groups: []string{admins}})
	s.kubeconfig("scheduler", a.cluster, pki.Leaf{Name: "system:kube-scheduler"})
}

// admin is the kubeconfig of the cluster's administrator, for use on the machine.
func (a authorities) admin(cluster, server string) ([]byte, error) {
	pair, err := a.cluster.Issue(pki.Leaf{Name: "kubernetes-admin", Groups: []string{admins}})
	if err != nil {
		return nil, err
	}
	return encodeKubeconfig("local-"+cluster, server, a.cluster.Cert, pair)
}

// secretWriter collects files and keeps the first error.
type secretWriter struct {
	files map[string][]byte
	err   error
}

func (s *secretWriter) issue(by *pki.Authority, leaf pki.Leaf) pki.Pair {
	if s.err != nil {
		return pki.Pair{}
	}
	pair, err := by.Issue(leaf)
	s.err = err
	return pair
}

func (s *secretWriter) pair(name string, by *pki.Authority, leaf pki.Leaf) {
	pair := s.issue(by, leaf)
	s.files[name+".crt"], s.files[name+".key"] = pair.Cert, pair.Key
}

func (s *secretWriter) kubeconfig(name string, by *pki.Authority, leaf pki.Leaf) {
	pair := s.issue(by, leaf)
	if s.err == nil {
		s.files[name+".kubeconfig"], s.err = encodeKubeconfig("local", "https://"+apiAddress(), by.Cert, pair)
	}
}

func encodeKubeconfig(name, server string, ca []byte, client pki.Pair) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: client.Cert, ClientKeyData: client.Key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	raw, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("encoding kubeconfig: %w", err)
	}
	return raw, nil
}
