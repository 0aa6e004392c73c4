package cni

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/e2e-framework/klient"
)

// absent are settings that Cilium's chart leaves out of its ConfigMap unless they are asked for: absent means false.
var absent = []string{"enable-bpf-masquerade", "enable-host-legacy-routing", "bpf-lb-sock-hostns-only", "bpf-lb-sock"}

// shown are the keys of the ConfigMap that go into a report.
var shown = append([]string{
	"cni-exclusive", "cni-chaining-mode", "kube-proxy-replacement", "enable-policy", "ipam", "routing-mode", "tunnel-protocol",
	"enable-ipv4-masquerade", "enable-ipv6", "enable-l7-proxy", "datapath-mode", "enable-endpoint-routes",
}, absent...)

// Effective reads back what is in force. Keys of Cilium's ConfigMap keep their names; "masquerading" (iptables, BPF or
// off) and "host-routing" (Legacy or BPF) are what the agents say of themselves, which no setting alone decides. A node that
// differs from the first one has its own entry, "masquerading@NODE".
func (i *Installed) Effective(ctx context.Context) (map[string]string, error) {
	settings, err := i.configured(ctx)
	if err != nil {
		return nil, err
	}
	settings["version"] = i.Version
	pods, err := i.client.CoreV1().Pods(Namespace).List(ctx, metav1.ListOptions{LabelSelector: "k8s-app=cilium"})
	if err != nil {
		return nil, fmt.Errorf("listing Cilium's agents: %w", err)
	}
	if len(pods.Items) == 0 {
		return nil, fmt.Errorf("listing Cilium's agents: there are none")
	}
	slices.SortFunc(pods.Items, func(a, b corev1.Pod) int { return strings.Compare(a.Spec.NodeName, b.Spec.NodeName) })
	for n, pod := range pods.Items {
		status, err := i.status(ctx, pod)
		if err != nil {
			return nil, err
		}
		for key, value := range status {
			if n > 0 && settings[key] != value {
				key += "@" + pod.Spec.NodeName
			}
			settings[key] = value
		}
	}
	return settings, i.perNode(ctx, settings)
}

// configured reads the ConfigMap.
func (i *Installed) configured(ctx context.Context) (map[string]string, error) {
	config, err := i.client.CoreV1().ConfigMaps(Namespace).Get(ctx, "cilium-config", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap cilium-config: %w", err)
	}
	settings := map[string]string{}
	for _, key := range shown {
		value, ok := config.Data[key]
		if !ok && slices.Contains(absent, key) {
			value, ok = "false", true
		}
		if ok {
			settings[key] = value
		}
	}
	return settings, nil
}

// perNode adds what CiliumNodeConfig objects override, for which nodes.
func (i *Installed) perNode(ctx context.Context, settings map[string]string) error {
	client, err := dynamic.NewForConfig(i.config)
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	resource := schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnodeconfigs"}
	list, err := client.Resource(resource).Namespace(Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing CiliumNodeConfigs: %w", err)
	}
	for _, o := range list.Items {
		spec, err := json.Marshal(o.Object["spec"])
		if err != nil {
			return fmt.Errorf("reading CiliumNodeConfig %s: %w", o.GetName(), err)
		}
		settings["node-config "+o.GetName()] = string(spec)
	}
	return nil
}

// agentStatus is what is used of an agent's account of itself (cilium-dbg status).
type agentStatus struct {
	Masquerading struct {
		Enabled bool   `json:"enabled"`
		Mode    string `json:"mode"` // BPF or iptables
	} `json:"masquerading"`
	Routing struct {
		IntraHost string `json:"intra-host-routing-mode"` // BPF or Legacy
	} `json:"routing"`
	KubeProxyReplacement struct {
		Mode string `json:"mode"` // True or False
	} `json:"kube-proxy-replacement"`
}

// status asks one agent.
func (i *Installed) status(ctx context.Context, pod corev1.Pod) (map[string]string, error) {
	client, err := klient.New(i.config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	var out, errs bytes.Buffer
	err = client.Resources().ExecInPod(ctx, pod.Namespace, pod.Name, "cilium-agent", []string{"cilium-dbg", "status", "-o", "json"}, &out, &errs)
	if err != nil {
		return nil, fmt.Errorf("asking the agent on %s for its status: %w %s", pod.Spec.NodeName, err, errs.String())
	}
	return parseStatus(out.Bytes())
}

// parseStatus translates an agent's answer into settings.
func parseStatus(raw []byte) (map[string]string, error) {
	var status agentStatus
	if err := json.Unmarshal(raw, &status); err != nil {
		return nil, fmt.Errorf("reading the agent's status: %w", err)
	}
	if status.Routing.IntraHost == "" {
		return nil, fmt.Errorf("reading the agent's status: it does not say how the host routes: %.200s", raw)
	}
	masquerading := "off"
	if status.Masquerading.Enabled {
		masquerading = status.Masquerading.Mode
	}
	return map[string]string{
		"masquerading": masquerading, "host-routing": status.Routing.IntraHost,
		"agent-kube-proxy-replacement": strings.ToLower(status.KubeProxyReplacement.Mode),
	}, nil
}

// Unmet says which of a variant's settings did not take effect, a sentence each.
func (v Variant) Unmet(effective map[string]string) []string {
	var unmet []string
	for _, key := range slices.Sorted(maps.Keys(v.Effective)) {
		for _, at := range slices.Sorted(maps.Keys(effective)) {
			name, _, _ := strings.Cut(at, "@")
			if name == key && effective[at] != v.Effective[key] {
				unmet = append(unmet, fmt.Sprintf("%s is %s, and variant %s is about %s", at, effective[at], v.Name, v.Effective[key]))
			}
		}
		if _, ok := effective[key]; !ok {
			unmet = append(unmet, fmt.Sprintf("%s is not reported, and variant %s is about %s", key, v.Name, v.Effective[key]))
		}
	}
	return unmet
}
