package prerequisites

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	istioDocs = "https://istio.io/latest/docs/ambient/install/platform-prerequisites/"
	sccDocs   = "https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/authentication_and_authorization/managing-pod-security-policies"
)

// table is every prerequisite of every platform.
func table() []Prerequisite {
	return []Prerequisite{
		{
			Name: "eks-security-group-mode", Platform: "eks", Doc: istioDocs,
			Promise: "Health checks reach pods that have security groups of their own",
			Remedy: "set POD_SECURITY_GROUP_ENFORCING_MODE=standard on container aws-node of DaemonSet kube-system/aws-node " +
				"(in the configuration of the vpc-cni add-on where that manages it), then recreate the pods concerned",
			judge: judgeSecurityGroups,
			change: func(*Cluster) change {
				return environment{"kube-system", awsNode, awsNode, enforcingMode, "standard"}
			},
		},
		{
			Name: "gke-critical-pods-quota", Platform: "gke", Doc: istioDocs,
			Promise: "Pods of class system-node-critical are admitted where istio-cni and ztunnel go",
			Remedy:  "create a ResourceQuota for PriorityClass system-node-critical there, with at least two pods per node",
			judge:   judgeQuota,
			change:  func(c *Cluster) change { return quota{c.NodeNamespaces} },
		},
		{
			Name: "openshift-namespaces", Platform: "openshift", Doc: istioDocs,
			Promise: "istio-cni and ztunnel are where privileged pods are admitted and istiod trusts ztunnel",
			Remedy:  "install istio-cni and ztunnel into kube-system, with global.platform=openshift for every chart",
			judge:   judgeNamespaces,
		},
		{
			Name: "openshift-privileged-scc", Platform: "openshift", Doc: sccDocs,
			Promise: "The node agents of this tool are admitted as privileged pods",
			Remedy:  "oc adm policy add-scc-to-group privileged system:serviceaccounts:ambient-conformance",
			judge:   judgeSCC,
			change:  func(c *Cluster) change { return binding{sccBinding(c.AgentNamespace)} },
		},
		{
			Name: "openshift-ovn-gateway", Platform: "openshift", Doc: istioDocs,
			Promise: "OVN-Kubernetes routes through the host, so that health checks pass the host's rules",
			Remedy:  "set spec.defaultNetwork.ovnKubernetesConfig.gatewayConfig.routingViaHost to true in network.operator.openshift.io cluster",
			judge:   judgeGateway,
			change:  func(*Cluster) change { return field{networks, "cluster", routingViaHost, true, networkOperator} },
		},
		{
			Name: "cni-directories", Doc: istioDocs,
			Promise: "An installed istio-cni uses the directories that this platform's container runtime reads",
			Remedy:  "install every chart with the platform's global.platform, or set cni.cniBinDir and cni.cniConfDir",
			judge:   judgeDirectories,
		},
	}
}

// criticalPods is the quota that GKE asks for, as its documentation names it.
func criticalPods(namespace string) *corev1.ResourceQuota {
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: quotaName, Namespace: namespace, Labels: ours()},
		Spec: corev1.ResourceQuotaSpec{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1000")},
			ScopeSelector: &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{{
				ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: corev1.ScopeSelectorOpIn, Values: []string{nodeCritical},
			}}},
		},
	}
}

// sccBinding grants the accounts of a namespace what privileged pods need. The namespace need not exist yet.
func sccBinding(namespace string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "ambient-conformance-privileged", Labels: ours()},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: privilegedRole},
		Subjects: []rbacv1.Subject{{
			APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: accountsOf(namespace),
		}},
	}
}

// Values are what a platform needs of Istio's charts.
type Values struct {
	Platform       string // global.platform of every chart; the charts refuse names they do not know
	NodeNamespace  string // of istio-cni and ztunnel; empty: istiod's
	BinDir, NetDir string // the directories istio-cni must write to; empty: not known for every cluster of this kind
}

// ValuesOf is the table of platform values. A platform without a row needs none.
func ValuesOf(platform string) Values {
	const k3sConf = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
	return map[string]Values{
		"eks":       {BinDir: "/opt/cni/bin", NetDir: "/etc/cni/net.d"},
		"gke":       {Platform: "gke", BinDir: "/home/kubernetes/bin", NetDir: "/etc/cni/net.d"},
		"openshift": {Platform: "openshift", NodeNamespace: "kube-system", BinDir: "/var/lib/cni/bin", NetDir: "/etc/cni/multus/net.d"},
		"microk8s":  {Platform: "microk8s", BinDir: "/var/snap/microk8s/current/opt/cni/bin", NetDir: "/var/snap/microk8s/current/args/cni-network"},
		"k3s":       {Platform: "k3s", NetDir: k3sConf},
		"k3d":       {Platform: "k3d", NetDir: k3sConf},
		"minikube":  {Platform: "minikube"},
	}[platform]
}
