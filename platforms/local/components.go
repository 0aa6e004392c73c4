//go:build linux

package local

import (
	"fmt"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

const (
	etc = node.Home + "/etc" // configuration and keys, as the node sees them
	bin = node.Home + "/bin"
)

const containerdSocket = "/run/containerd/containerd.sock"

// controlPlane is what runs on the first node only.
func controlPlane() []node.Component {
	return []node.Component{
		{Name: "etcd", Argv: etcdArgs(), Ready: node.Gate{TCP: "127.0.0.1:2379"}},
		{
			Name: "kube-apiserver", Argv: apiServerArgs(),
			// Of the time that it used in a run, a third went into collecting garbage.
			Env:   []string{"GOGC=300"},
			After: []string{"etcd"},
			Ready: apiReady(),
		},
		// It exits when the bootstrap of RBAC is not done, which is part of /readyz.
		{Name: "kube-controller-manager", Argv: controllerManagerArgs(), After: []string{"kube-apiserver"}},
		{Name: "kube-scheduler", Argv: schedulerArgs(), After: []string{"kube-apiserver"}},
	}
}

// nodeComponents is what runs on every node. The kubelet would start without the API server, but then tries to
// register at growing intervals: starting it afterwards is faster.
func nodeComponents(name, address string, kubeProxy bool) []node.Component {
	components := []node.Component{
		{
			Name: "containerd",
			Argv: []string{"containerd", "--config", etc + "/containerd.toml"},
			// The plugins that it runs for every pod are over before they would have to collect garbage.
			Env:   []string{"GOGC=400"},
			Ready: node.Gate{Unix: containerdSocket},
		},
		{Name: "kubelet", Argv: kubeletArgs(name, address), After: []string{"containerd", "kube-apiserver"}},
	}
	if kubeProxy {
		components = append(components, node.Component{
			Name:  "kube-proxy",
			Argv:  []string{"kube-proxy", "--config=" + etc + "/kube-proxy.yaml"},
			After: []string{"kube-apiserver"},
		})
	}
	return components
}

func apiReady() node.Gate {
	return node.Gate{URL: fmt.Sprintf("https://%s/readyz", apiAddress()), CA: etc + "/ca.crt"}
}

func etcdArgs() []string {
	return []string{
		"etcd",
		"--name=local",
		"--data-dir=/var/lib/etcd",
		"--listen-client-urls=http://127.0.0.1:2379",
		"--advertise-client-urls=http://127.0.0.1:2379",
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--unsafe-no-fsync", // the data is not meant to survive the machine
		"--log-level=warn",
	}
}

func apiServerArgs() []string {
	return []string{
		"kube-apiserver",
		"--advertise-address=" + nodeAddress(0).Addr().String(),
		fmt.Sprintf("--secure-port=%d", apiPort),
		"--etcd-servers=http://127.0.0.1:2379",
		"--service-cluster-ip-range=" + serviceNet,
		"--allow-privileged=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--client-ca-file=" + etc + "/ca.crt",
		"--tls-cert-file=" + etc + "/apiserver.crt",
		"--tls-private-key-file=" + etc + "/apiserver.key",
		"--kubelet-client-certificate=" + etc + "/apiserver-kubelet-client.crt",
		"--kubelet-client-key=" + etc + "/apiserver-kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP", // node names do not resolve
		"--requestheader-client-ca-file=" + etc + "/front-proxy-ca.crt",
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + etc + "/front-proxy-client.crt",
		"--proxy-client-key-file=" + etc + "/front-proxy-client.key",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + etc + "/sa.pub",
		"--service-account-signing-key-file=" + etc + "/sa.key",
		// One user starts everything at once; nobody else is to be protected from it.
		"--max-requests-inflight=2000",
		"--max-mutating-requests-inflight=1000",
		"--profiling=false",
	}
}

func controllerManagerArgs() []string {
	return []string{
		"kube-controller-manager",
		"--kubeconfig=" + etc + "/controller-manager.kubeconfig",
		"--root-ca-file=" + etc + "/ca.crt",
		"--cluster-signing-cert-file=" + etc + "/ca.crt",
		"--cluster-signing-key-file=" + etc + "/ca.key",
		"--service-account-private-key-file=" + etc + "/sa.key",
		"--cluster-cidr=" + podNet,
		"--service-cluster-ip-range=" + serviceNet,
		"--allocate-node-cidrs=false", // they are fixed by each node's CNI configuration
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--profiling=false",
	}
}

func schedulerArgs() []string {
	return []string{
		"kube-scheduler",
		"--kubeconfig=" + etc + "/scheduler.kubeconfig",
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--profiling=false",
	}
}

func kubeletArgs(name, address string) []string {
	return []string{
		"kubelet",
		"--config=" + etc + "/kubelet.yaml",
		"--kubeconfig=" + etc + "/kubelet.kubeconfig",
		"--hostname-override=" + name,
		"--node-ip=" + address,
	}
}
