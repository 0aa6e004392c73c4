package kind

import corev1 "k8s.io/api/core/v1"

// hasAddresses waits for a kubelet that has registered and a control plane that has given the node addresses for pods.
func hasAddresses(n *corev1.Node) string {
	switch {
	case n.Spec.PodCIDR == "":
		return "no addresses for pods"
	case address(n) == "":
		return "no address of its own"
	}
	return ""
}

func isReady(n *corev1.Node) string {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return ""
		}
		if c.Type == corev1.NodeReady {
			return c.Message
		}
	}
	return "no status yet"
}

func address(n *corev1.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}
