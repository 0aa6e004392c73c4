package prerequisites

import (
	"context"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/fixtures/apiserver"
)

// newIntent is an installation of a current Istio into istio-system.
func newIntent() Intent {
	return Intent{IstioNamespace: "istio-system", NodeNamespaces: []string{"istio-system"}, AgentNamespace: "ambient-conformance", Minor: 31}
}

func with(change func(*Intent)) Intent {
	i := newIntent()
	change(&i)
	return i
}

func TestJudge(t *testing.T) {
	server := apiserver.Start(t)
	w := newWorld(t, server.REST)
	w.define(t,
		definition(groupPolicies, "SecurityGroupPolicy", "Namespaced"),
		definition(networks, "Network", "Cluster"),
		definition(operators, "ClusterOperator", "Cluster"),
		definition(constraints, "SecurityContextConstraints", "Cluster"),
	)
	w.createObject(t, parse(t, istioNamespace)) // once: nothing here would finish its deletion
	old := with(func(i *Intent) { i.Minor = 25 })
	kubeSystem := with(func(i *Intent) { i.NodeNamespaces = []string{"kube-system"} })
	reuse := with(func(i *Intent) { i.Reuse = true })
	noPermission := server.As("nobody")

	rows := []struct {
		name, platform, prerequisite string
		objects                      string
		intent                       Intent
		as                           *rest.Config // nil: an administrator
		want                         Standing
		evidence                     string
	}{
		{"no aws-node", "eks", "eks-security-group-mode", "", newIntent(), nil, CannotTell, "no DaemonSet kube-system/aws-node"},
		{"no pod ENI", "eks", "eks-security-group-mode", awsNodeWith("", ""), newIntent(), nil, Met, "ENABLE_POD_ENI of aws-node is not set"},
		{"pod ENI off", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "false"}`, ""), newIntent(), nil, Met, "is false"},
		{"policies while pod ENI is off", "eks", "eks-security-group-mode", awsNodeWith(strict, "") + "---\n" + groupPolicy, newIntent(), nil, Met, "no pod has"},
		{"pod ENI from elsewhere", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, valueFrom: {configMapKeyRef: {name: c, key: k}}}`, ""), newIntent(), nil, CannotTell, "valueFrom"},
		{"no mode, not in use", "eks", "eks-security-group-mode", awsNodeWith(podENI, ""), newIntent(), nil, Met, "no SecurityGroupPolicy exists"},
		{"no mode, policy", "eks", "eks-security-group-mode", awsNodeWith(podENI, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, "is not set while security groups for pods are in use: SecurityGroupPolicy default/database"},
		{"strict, policy", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+strict, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, "is strict while"},
		{"strict, branch pod", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+strict, "") + "---\n" + branchPod, newIntent(), nil, Missing, "pod default/on-branch is on a branch interface"},
		{"standard, policy", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+standard, "") + "status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2}\n---\n" + groupPolicy, newIntent(), nil, Met, "is standard"},
		{"standard, rolling", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+standard, "") + "status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 1}\n---\n" + groupPolicy, newIntent(), nil, CannotTell, "1 of 2 pods"},
		{"mode from elsewhere", "eks", "eks-security-group-mode", awsNodeWith(podENI+`,{name: POD_SECURITY_GROUP_ENFORCING_MODE, valueFrom: {configMapKeyRef: {name: c, key: k}}}`, ""), newIntent(), nil, CannotTell, "valueFrom"},
		{"strict, late demux, current Istio", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+strict, noDemux) + "---\n" + groupPolicy, newIntent(), nil, Met, "DISABLE_TCP_EARLY_DEMUX"},
		{"strict, late demux, older Istio", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+strict, noDemux) + "---\n" + groupPolicy, old, nil, Missing, "is strict while"},
		{"pod ENI on, in Go's words", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "T"},`+strict, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, "is strict while"},
		{"pod ENI 1", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "1"},`+strict, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, "is strict while"},
		{"pod ENI that no Go program takes for true", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "yes"},`+strict, "") + "---\n" + groupPolicy, newIntent(), nil, Met, "ENABLE_POD_ENI of aws-node is yes"},
		{"pod ENI with a blank", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "true "},`+strict, "") + "---\n" + groupPolicy, newIntent(), nil, Met, `is "true "`},
		{"pod ENI from another variable", "eks", "eks-security-group-mode", awsNodeWith(`{name: ENABLE_POD_ENI, value: "$(SWITCH)"}`, ""), newIntent(), nil, CannotTell, "another variable"},
		{"set twice, the later counts", "eks", "eks-security-group-mode", awsNodeWith(podENI+`,{name: ENABLE_POD_ENI, value: "false"}`, "") + "---\n" + groupPolicy, newIntent(), nil, Met, "is false"},
		{"a mode that is no mode", "eks", "eks-security-group-mode", awsNodeWith(podENI+`,{name: POD_SECURITY_GROUP_ENFORCING_MODE, value: Standard}`, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, "is Standard (which the VPC CNI takes for strict)"},
		{"a mode with a blank", "eks", "eks-security-group-mode", awsNodeWith(podENI+`,{name: POD_SECURITY_GROUP_ENFORCING_MODE, value: "standard "}`, "") + "---\n" + groupPolicy, newIntent(), nil, Missing, `is "standard " (which`},
		{"strict, late demux in Go's words", "eks", "eks-security-group-mode", awsNodeWith(podENI+","+strict, `{name: DISABLE_TCP_EARLY_DEMUX, value: "TRUE"}`) + "---\n" + groupPolicy, newIntent(), nil, Met, "DISABLE_TCP_EARLY_DEMUX"},
		{"no permission", "eks", "eks-security-group-mode", "", newIntent(), noPermission, CannotTell, "forbidden"},

		{"kube-system", "gke", "gke-critical-pods-quota", twoNodes, kubeSystem, nil, Met, "kube-system"},
		{"no quota, current charts", "gke", "gke-critical-pods-quota", twoNodes, newIntent(), nil, Met, "bring theirs"},
		{"no quota, older charts", "gke", "gke-critical-pods-quota", twoNodes, old, nil, Missing, "no quota"},
		{"quota", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaOf("q", nodeCritical, "4", "0"), old, nil, Met, "room for 4 critical pods; 2 nodes need 4"},
		{"quota too small", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaOf("q", nodeCritical, "3", "0"), newIntent(), nil, Missing, "room for 3"},
		{"quota used up", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaOf("q", nodeCritical, "100", "98"), newIntent(), nil, Missing, "room for 2"},
		{"quota of another class", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaOf("q", "system-cluster-critical", "100", "0"), old, nil, Missing, "no quota"},
		{"every class", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[{scopeName: PriorityClass, operator: Exists}]", "[]", "4", "0"), old, nil, Met, "room for 4"},
		{"every class but another", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[{scopeName: PriorityClass, operator: NotIn, values: [low]}]", "[]", "4", "0"), old, nil, Met, "room for 4"},
		{"every class but this one", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[{scopeName: PriorityClass, operator: NotIn, values: [system-node-critical]}]", "[]", "4", "0"), old, nil, Missing, "no quota"},
		{"a plain scope", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[]", "[PriorityClass]", "4", "0"), old, nil, Met, "room for 4"},
		{"no class", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[{scopeName: PriorityClass, operator: DoesNotExist}]", "[]", "4", "0"), old, nil, Missing, "no quota"},
		{"only for pods that end", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaWith("[{scopeName: PriorityClass, operator: Exists}]", "[Terminating]", "1", "0"), old, nil, Met, "does not count these pods"},
		{"a second quota is too small", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + quotaOf("q", nodeCritical, "100", "0") + "---\n" + strings.Replace(quotaWith("[]", "[]", "3", "0"), "name: w", "name: all", 1), old, nil, Missing, "quota istio-system/all leaves room for 3"},
		{"not counted yet", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + strings.Split(quotaOf("q", nodeCritical, "100", "0"), "status:")[0], old, nil, CannotTell, "has not been counted"},
		{"reused where it is", "gke", "gke-critical-pods-quota", twoNodes + "---\n" + cniWith("/home/kubernetes/bin", "/etc/cni/net.d"), reuse, nil, Met, "kube-system"},
		{"reused, nothing there", "gke", "gke-critical-pods-quota", twoNodes, reuse, nil, CannotTell, "neither istio-cni nor ztunnel"},
		{"no permission", "gke", "gke-critical-pods-quota", "", newIntent(), noPermission, CannotTell, "forbidden"},

		{"in kube-system", "openshift", "openshift-namespaces", "", kubeSystem, nil, Met, "kube-system"},
		{"elsewhere", "openshift", "openshift-namespaces", "", newIntent(), nil, Missing, "istio-system"},
		{"installed elsewhere", "openshift", "openshift-namespaces", strings.ReplaceAll(cniWith("/b", "/c"), "kube-system", "default"), reuse, nil, Missing, "default"},
		{"no constraint", "openshift", "openshift-privileged-scc", "", newIntent(), nil, CannotTell, "not found"},
		{"not bound", "openshift", "openshift-privileged-scc", sccWith("true", ""), newIntent(), nil, Missing, "nothing lets"},
		{"bound", "openshift", "openshift-privileged-scc", sccWith("true", "") + "---\n" + agentsBound, newIntent(), nil, Met, "given-by-hand"},
		{"group of the constraint", "openshift", "openshift-privileged-scc", sccWith("true", `"system:serviceaccounts:ambient-conformance"`), newIntent(), nil, Met, "names group"},
		{"constraint changed", "openshift", "openshift-privileged-scc", sccWith("false", ""), newIntent(), nil, Missing, "does not allow"},
		{"no network", "openshift", "openshift-ovn-gateway", "", newIntent(), nil, CannotTell, "there is no"},
		{"shared by default", "openshift", "openshift-ovn-gateway", networkWith("OVNKubernetes", ""), newIntent(), nil, Missing, "not set"},
		{"shared", "openshift", "openshift-ovn-gateway", networkWith("OVNKubernetes", ", gatewayConfig: {routingViaHost: false}"), newIntent(), nil, Missing, "is false"},
		{"via host", "openshift", "openshift-ovn-gateway", networkWith("OVNKubernetes", ", gatewayConfig: {routingViaHost: true}") + "---\n" + operatorIs("False"), newIntent(), nil, Met, "is true"},
		{"via host, rolling", "openshift", "openshift-ovn-gateway", networkWith("OVNKubernetes", ", gatewayConfig: {routingViaHost: true}") + "---\n" + operatorIs("True"), newIntent(), nil, CannotTell, "still rolling"},
		{"another network", "openshift", "openshift-ovn-gateway", networkWith("OpenShiftSDN", ""), newIntent(), nil, Met, "OpenShiftSDN"},
		{"no permission", "openshift", "openshift-ovn-gateway", "", newIntent(), noPermission, CannotTell, "forbidden"},

		{"to be installed", "microk8s", "cni-directories", "", newIntent(), nil, Met, `global.platform="microk8s"`},
		{"installed as the platform wants", "gke", "cni-directories", cniWith("/home/kubernetes/bin", "/etc/cni/net.d"), reuse, nil, Met, "/home/kubernetes/bin"},
		{"installed without platform", "gke", "cni-directories", cniWith("/opt/cni/bin", "/etc/cni/net.d"), reuse, nil, Missing, "reads /home/kubernetes/bin"},
		{"installed, unknown platform", "generic", "cni-directories", cniWith("/opt/cni/bin", "/etc/cni/net.d"), reuse, nil, CannotTell, "differs"},
		{"not installed", "openshift", "cni-directories", "", reuse, nil, Missing, "no istio-cni"},
	}
	for _, row := range rows {
		t.Run(row.prerequisite+"/"+row.name, func(t *testing.T) {
			w.create(t, row.objects)
			config := row.as
			if config == nil {
				config = server.REST
			}
			c, err := Open(config, row.platform, row.intent)
			if err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			got := named(t, Judge(t.Context(), c), row.prerequisite)
			t.Logf("%s in %s: %s", got.Standing, time.Since(started).Round(time.Millisecond), got.Evidence)
			if got.Standing != row.want || !strings.Contains(got.Evidence, row.evidence) {
				t.Errorf("found %q (%s), want %q with %q", got.Standing, got.Evidence, row.want, row.evidence)
			}
			if (got.Remedy == "") != (got.Standing == Met) || got.Documented == "" {
				t.Errorf("remedy %q and documentation %q do not go with %q", got.Remedy, got.Documented, got.Standing)
			}
		})
	}
}

func named(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %s in %v", name, findings)
	return Finding{}
}

func TestJudgeEndsWithItsContext(t *testing.T) {
	server := apiserver.Start(t)
	c, err := Open(server.REST, "openshift", newIntent())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, f := range Judge(ctx, c) {
		if f.Name == "openshift-ovn-gateway" && f.Standing != CannotTell {
			t.Errorf("%s is %q although nothing could be asked", f.Name, f.Standing)
		}
	}
}
