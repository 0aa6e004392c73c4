// Package cni brings a cluster that has no network plugin yet the one that a run asks for, in the variant it asks for,
// and reads back what is really in force. Variants are data: what sets one apart is its values, what it leaves to kube-proxy,
// and what a run on it must show.
package cni

import (
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"github.com/ambient-conformance/ambient-conformance/platforms/helm"
)

// Default is the platform's own network plugin: nothing is installed.
const Default = "default"

// Variant is one way to run Cilium below ambient mode.
type Variant struct {
	Name    string
	Summary string // what it is for, one line

	// Values of Cilium's chart, beside those that every variant has.
	Values map[string]any
	// NoKubeProxy leaves Service addresses to Cilium.
	NoKubeProxy bool

	// Effective are the settings that make the variant what it is, as the running agents report them (see Effective): an
	// agent that has taken others was not asked what the variant asks.
	Effective map[string]string

	// Expect is what Istio's documentation, or a finding of ours against it, says a run on it shows.
	Expect Expectation
}

// Expectation is how a run ends on a variant. The zero value is a conformant mesh.
type Expectation struct {
	// Install is the ID of the cause (package cause) for which the installation of the mesh must fail; "": it succeeds.
	Install string
	// Checks are those that must fail, by name, each with the ID of the cause that its row must name.
	Checks map[string]string
	Why    string // the sentence of the documentation, or the finding, that says so
	Spec   string // its address
}

// Conformant says whether nothing is expected to fail.
func (e Expectation) Conformant() bool { return e.Install == "" && len(e.Checks) == 0 }

// Variants lists all, the recommended one first.
func Variants() []Variant {
	return []Variant{
		{
			Name:      "cilium",
			Summary:   "as Istio asks for it: chained plugins kept, masquerading by iptables, beside kube-proxy",
			Effective: map[string]string{"cni-exclusive": "false", "masquerading": "iptables", "host-routing": "Legacy", "agent-kube-proxy-replacement": "false"},
		},
		{
			Name:      "cilium-exclusive",
			Summary:   "cni.exclusive=true, Cilium's default: other plugins' configuration is renamed away",
			Values:    tree("cni.exclusive", true),
			Effective: map[string]string{"cni-exclusive": "true", "masquerading": "iptables", "host-routing": "Legacy"},
			Expect: Expectation{Install: "cilium-exclusive", Spec: istioPrerequisites,
				Why: "Istio's documentation: Cilium removes other plugins' configuration, and must be configured with cni.exclusive=false"},
		},
		{
			Name:        "cilium-bpf-masquerade",
			Summary:     "masquerading in BPF, and with it BPF host routing: answers to probes pass by the host's connection tracking",
			Values:      merged(tree("bpf.masquerade", true), replaced(), tree("socketLB.hostNamespaceOnly", true)),
			NoKubeProxy: true,
			Effective:   map[string]string{"cni-exclusive": "false", "masquerading": "BPF", "host-routing": "BPF", "agent-kube-proxy-replacement": "true"},
			Expect: Expectation{Checks: probesFail(), Spec: istioPrerequisites, Why: "Istio's documentation: bpf.masquerade=true results in non-functional health checks of pods. " +
				"Seen here: it is the BPF host routing that comes with it, and only where that is in force"},
		},
		{
			Name:        "cilium-bpf-masquerade-legacy-routing",
			Summary:     "masquerading in BPF with the host's own routing",
			Values:      merged(tree("bpf.masquerade", true), tree("bpf.hostLegacyRouting", true), replaced(), tree("socketLB.hostNamespaceOnly", true)),
			NoKubeProxy: true,
			Effective:   map[string]string{"cni-exclusive": "false", "masquerading": "BPF", "host-routing": "Legacy", "agent-kube-proxy-replacement": "true"},
		},
		{
			Name:        "cilium-kpr",
			Summary:     "Cilium instead of kube-proxy, with its socket load balancer kept out of pods",
			Values:      merged(replaced(), tree("socketLB.hostNamespaceOnly", true)),
			NoKubeProxy: true,
			Effective:   map[string]string{"cni-exclusive": "false", "masquerading": "iptables", "agent-kube-proxy-replacement": "true", "bpf-lb-sock-hostns-only": "true"},
		},
		{
			Name:        "cilium-kpr-socketlb",
			Summary:     "Cilium instead of kube-proxy, translating Service addresses in pods before ztunnel sees them",
			Values:      replaced(),
			NoKubeProxy: true,
			Effective:   map[string]string{"cni-exclusive": "false", "masquerading": "iptables", "agent-kube-proxy-replacement": "true", "bpf-lb-sock-hostns-only": "false"},
			Expect: Expectation{
				Checks: map[string]string{"ServiceAddressesReachZtunnel": "cilium-socket-lb"}, Spec: ciliumIstio,
				Why: "Cilium's documentation: without socketLB.hostNamespaceOnly=true Service addresses are translated in pods, before the mesh sees them",
			},
		},
	}
}

const (
	istioPrerequisites = "https://istio.io/latest/docs/ambient/install/platform-prerequisites/#cilium"
	ciliumIstio        = "https://docs.cilium.io/en/stable/network/servicemesh/istio/"
)

// probesFail are the checks in which a captured pod must answer its own node. Where answers to 169.254.7.127 pass by the
// host's connection tracking, each is red, and nothing else is: seen of every area of the catalogue.
func probesFail() map[string]string {
	failing := map[string]string{}
	for _, check := range []string{
		"ProbesUnderStrict", "ProbesUnderPermissive", "ProbesUnderDenyAll", "DeadAppBecomesNotReady", "ProbesComeFromTheProbeAddress",
		"FailedLivenessRestarts", "StartupProbeGatesReadiness", "SteadyProbesNeverFail",
		"ProbePathIsNotAnOpenDoor", "ProbesSurviveRestarts", "ReservedPortsUsable",
		"ProbesNeedNoOverride", "DefaultDenyBlocksProbes", "OverrideAdmitsProbes", "AlwaysEnforcedBlocksProbes",
	} {
		failing[check] = "cilium-host-routing"
	}
	// A hook that gets no answer leaves no event: the kubelet waits for it.
	failing["LifecycleHooksReachCapturedPods"] = "unattributed"
	// What a process of the node asks of a pod comes from the same address as a probe, and leaves no event either.
	failing["HostNetworkBothWays"] = "unattributed"
	return failing
}

// replaced has Cilium take kube-proxy's place.
func replaced() map[string]any { return tree("kubeProxyReplacement", true) }

// Names lists what --cni can be, Default first.
func Names() []string {
	names := []string{Default}
	for _, v := range Variants() {
		names = append(names, v.Name)
	}
	return names
}

// Named finds a variant. Default is none.
func Named(name string) (Variant, bool) {
	all := Variants()
	at := slices.IndexFunc(all, func(v Variant) bool { return v.Name == name })
	if at < 0 {
		return Variant{}, false
	}
	return all[at], true
}

// Ablation is one documented setting, and the pair of variants that differ in nothing else.
type Ablation struct {
	Setting string // as the documentation writes it
	With    string // variant that has it
	Without string // variant that lacks it: its Expect says what must flip
}

// Ablations lists the settings that Istio's and Cilium's documentation ask for.
func Ablations() []Ablation {
	return []Ablation{
		{"cni.exclusive=false", "cilium", "cilium-exclusive"},
		{"bpf.masquerade=false", "cilium-kpr", "cilium-bpf-masquerade"},
		{"bpf.hostLegacyRouting=true where bpf.masquerade=true", "cilium-bpf-masquerade-legacy-routing", "cilium-bpf-masquerade"},
		{"socketLB.hostNamespaceOnly=true where kubeProxyReplacement=true", "cilium-kpr", "cilium-kpr-socketlb"},
	}
}

// common are the values of every variant: what ambient mode asks for, and what a test cluster can do without.
func common() map[string]any {
	return merged(
		tree("cni.exclusive", false),
		tree("ipam.mode", "kubernetes"), // the cluster's own pod addresses, which the default pool may overlap
		tree("operator.replicas", 1),
		// Policy of HTTP requests would need an Envoy on every node; nothing here asks for it.
		tree("l7Proxy", false), tree("envoy.enabled", false), tree("hubble.enabled", false),
		tree("image.pullPolicy", "IfNotPresent"), tree("operator.image.pullPolicy", "IfNotPresent"),
	)
}

// valuesOf is all that the chart is given for a variant; later ones win: the variant's, then the platform's, then the user's.
func (v Variant) valuesOf(more ...map[string]any) map[string]any {
	return merged(append([]map[string]any{common(), v.Values}, more...)...)
}

// tree is a single value at a dotted path: tree("a.b", 1) is {a: {b: 1}}.
func tree(path string, value any) map[string]any { return helm.Nest(strings.Split(path, "."), value) }

// merged lays values over one another; of two at the same place the later one counts.
func merged(all ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, values := range all {
		out = loader.MergeMaps(out, values)
	}
	return out
}
