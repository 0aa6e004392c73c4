package suites

import "github.com/ambient-conformance/ambient-conformance/reports"

// Claims are the sentences of Istio's platform requirements for ambient mode (as of 1.24), in our words and in the
// order of that page. A check names those it bears on; what no check of a run bears on says why.
func Claims() []reports.ClaimText {
	return []reports.ClaimText{
		{ID: "scope.single-cluster", Sentence: "Ambient mode runs in, and supports workloads in, a single cluster",
			Superseded: "1.27, which adds multi-network meshes", Elsewhere: "a run examines one cluster"},
		{ID: "scope.manual-prereqs", Sentence: "Outside the quickstart, what a platform needs must be applied by hand",
			Elsewhere: "needs a platform with prerequisites"},
		{ID: "eks.sg-mode", Sentence: "On EKS, pods with security groups of their own need the enforcing mode standard", Elsewhere: "needs EKS"},
		{ID: "gke.quota", Sentence: "On GKE, a quota for critical pods must exist before the mesh is installed", Elsewhere: "needs GKE"},
		{ID: "openshift.platform", Sentence: "On OpenShift, the mesh goes to kube-system with global.platform=openshift", Elsewhere: "needs OpenShift"},
		{ID: "kind.nothing", Sentence: "kind needs no extra configuration", Elsewhere: "needs kind"},
		{ID: "k3d.platform", Sentence: "k3d needs global.platform=k3d", Elsewhere: "needs k3d"},
		{ID: "k3s.platform", Sentence: "k3s needs global.platform=k3s", Elsewhere: "needs k3s"},
		{ID: "microk8s.platform", Sentence: "MicroK8s needs global.platform=microk8s", Elsewhere: "needs MicroK8s"},
		{ID: "minikube.platform", Sentence: "minikube needs global.platform=minikube", Elsewhere: "needs minikube"},
		{ID: "cilium.exclusive", Sentence: "Cilium must not be the exclusive owner of the CNI directory", Elsewhere: "needs Cilium"},
		{ID: "cilium.bpf-masquerade", Sentence: "Cilium's BPF masquerading breaks health checks of pods", Elsewhere: "needs Cilium"},
		{ID: "cilium.iptables-masquerade", Sentence: "Cilium's iptables masquerading keeps working", Elsewhere: "needs Cilium"},
		{ID: "cilium.default-deny", Sentence: "Under Cilium, a default-deny NetworkPolicy blocks kubelet probes of captured pods", Elsewhere: "needs Cilium"},
		{ID: "cilium.ccnp", Sentence: "A cluster-wide Cilium policy that admits the probes' address repairs that", Elsewhere: "needs Cilium"},
		{ID: "cilium.ccnp-unneeded", Sentence: "That policy is not needed as long as nothing denies by default", Elsewhere: "needs Cilium"},
		{ID: "app.unmodified", Sentence: "Deployments that exist work without modification"},
		{ID: "app.enrol-namespace", Sentence: "Labelling a namespace adds all of its workloads to the mesh"},
		{ID: "app.enrol-workload", Sentence: "Single workloads can opt in"},
		{ID: "app.server-first", Sentence: "Protocols in which the server speaks first work"},
		{ID: "app.reserved-ports", Sentence: "Most ports that sidecars reserve are available"},
		{ID: "app.no-bypass", Sentence: "Containers cannot bypass the mesh, by accident or on purpose"},
		{ID: "deploy.safe-install", Sentence: "Ambient mode can be installed in a running cluster without changing how traffic is routed"},
		{ID: "deploy.separate-step", Sentence: "Adding workloads to the mesh is a separate step"},
		{ID: "deploy.revertible", Sentence: "That step is easily reverted"},
		{ID: "overlay.mtls", Sentence: "The secure overlay delivers mutual TLS"},
		{ID: "overlay.l4-authz", Sentence: "The secure overlay delivers authorization at layer 4"},
		{ID: "overlay.no-waypoint", Sentence: "Neither needs a waypoint"},
		{ID: "probes.health", Sentence: "Kubelet health checks of captured pods keep working, and keep telling the truth"},
		{ID: "cost.ten-percent", Sentence: "The secure overlay can cost as little as a tenth of sidecars",
			Elsewhere: "needs a mesh with sidecars to compare with, under load"},
	}
}
