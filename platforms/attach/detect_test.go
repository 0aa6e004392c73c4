package attach

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name, provider string, labels ...string) corev1.Node {
	n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}, Spec: corev1.NodeSpec{ProviderID: provider}}
	for _, l := range labels {
		n.Labels[l] = "x"
	}
	return n
}

func TestDetect(t *testing.T) {
	for _, row := range []struct {
		name  string
		facts Facts
		want  string
	}{
		{"eks by version", Facts{Version: "v1.33.5-eks-1a2b3c4"}, "eks"},
		{"eks by node group", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a", "aws:///z/i", "eks.amazonaws.com/nodegroup")}}, "eks"},
		{"eks auto mode", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a", "aws:///z/i", "eks.amazonaws.com/compute-type")}}, "eks"},
		{"kubeadm on AWS", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a", "aws:///z/i")}}, "generic"},
		{"gke by version", Facts{Version: "v1.33.5-gke.1000"}, "gke"},
		{"gke by node pool", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a", "gce://p/z/i", "cloud.google.com/gke-nodepool")}}, "gke"},
		{"openshift", Facts{Version: "v1.33.5", Groups: []string{"apps", "config.openshift.io"}}, "openshift"},
		{"openshift on AWS", Facts{Version: "v1.33.5", Groups: []string{"config.openshift.io"}, Nodes: []corev1.Node{node("a", "aws:///z/i")}}, "openshift"},
		{"microk8s", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a", "", "microk8s.io/cluster")}}, "microk8s"},
		{"minikube", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("minikube", "", "minikube.k8s.io/name")}}, "minikube"},
		{"k3d", Facts{Version: "v1.33.5+k3s1", Nodes: []corev1.Node{node("k3d-a-server-0", "k3s://a")}}, "k3d"},
		{"k3s", Facts{Version: "v1.33.5+k3s1", Nodes: []corev1.Node{node("host", "k3s://host")}}, "k3s"},
		{"a node that is called like k3d's", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("k3d-a-server-0", "")}}, "generic"},
		{"kind", Facts{Version: "v1.33.5", Nodes: []corev1.Node{node("a-control-plane", "kind://docker/a/a-control-plane")}}, "kind"},
		{"upstream", Facts{Version: "v1.36.3", Groups: []string{"apps"}, Nodes: []corev1.Node{node("a", "")}}, "generic"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, evidence := Detect(row.facts); got != row.want || evidence == "" {
				t.Errorf("detected %s (%s), want %s", got, evidence, row.want)
			}
		})
	}
}

func TestOnlyTheRightNameAgrees(t *testing.T) {
	for _, row := range []struct {
		asked, detected string
		want            bool
	}{
		{"eks", "eks", true},
		{"eks", "gke", false},
		{"eks", Generic, false}, // a cluster that shows no sign of EKS is none
		{Generic, "eks", false},
		{Generic, "k3s", true},
		{Generic, "kind", true},
		{Generic, Generic, true},
		{"openshift", "microk8s", false},
	} {
		if got := agrees(row.asked, row.detected); got != row.want {
			t.Errorf("--platform %s on %s: %v, want %v", row.asked, row.detected, got, row.want)
		}
	}
}
