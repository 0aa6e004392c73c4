package kind

import (
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// podNet is where the control plane takes the pods' addresses from, a /24 per node.
const podNet = "10.244.0.0/16"

// patches of kubeadm's configuration. They name the versions they are written for, so that a node image of an older
// Kubernetes is left as it is.
func patches() []string {
	return []string{
		// A kubelet that starts on cgroup v1 as well, which 1.35 and later refuse unless told. Many small pods start at
		// once and somebody waits for each: no client-side throttling.
		"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n" +
			"kubeAPIQPS: 500\nkubeAPIBurst: 1000\nserializeImagePulls: false\nnodeStatusUpdateFrequency: 2s\nmaxPods: 250\n",
		// A control plane that takes pods like any other node.
		"kind: InitConfiguration\nnodeRegistration:\n  taints: []\n",
		// The data is not meant to survive the machine, and one user starts everything at once.
		"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" +
			"etcd:\n  local:\n    extraArgs:\n    - {name: unsafe-no-fsync, value: \"true\"}\n" +
			"apiServer:\n  extraArgs:\n  - {name: runtime-config, value: \"\"}\n" +
			"  - {name: max-requests-inflight, value: \"2000\"}\n  - {name: max-mutating-requests-inflight, value: \"1000\"}\n",
	}
}

// runtimePatch spares containerd the same waiting for the disk.
const runtimePatch = "[plugins.\"io.containerd.metadata.v1.bolt\"]\n  no_sync = true\n"

// config describes the cluster to the library. owner is the directory by whose mount a node is known as ours.
func config(spec platforms.Spec, image nodeImage, owner string) *v1alpha4.Cluster {
	c := &v1alpha4.Cluster{
		TypeMeta:             v1alpha4.TypeMeta{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"},
		Name:                 spec.Name,
		KubeadmConfigPatches: patches(),

		ContainerdConfigPatches: []string{runtimePatch},
		Networking: v1alpha4.Networking{
			IPFamily:          v1alpha4.IPv4Family,
			APIServerAddress:  "127.0.0.1",
			PodSubnet:         podNet,
			DisableDefaultCNI: spec.DisableCNI || !image.hasCNI,
		},
	}
	if spec.DisableKubeProxy {
		c.Networking.KubeProxyMode = "none"
	}
	for i := range max(spec.Nodes, 1) {
		role := v1alpha4.WorkerRole
		if i == 0 {
			role = v1alpha4.ControlPlaneRole
		}
		c.Nodes = append(c.Nodes, v1alpha4.Node{
			Role:        role,
			Image:       image.Ref,
			ExtraMounts: []v1alpha4.Mount{{HostPath: owner, ContainerPath: ownerMount, Readonly: true}},
		})
	}
	return c
}
