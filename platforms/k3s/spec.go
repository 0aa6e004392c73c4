// Package k3s runs k3s on this machine itself: one node, with the machine's kernel and network. Its files, mounts and
// processes are in namespaces of their own, at the paths k3s always uses, so that a k3s that is installed here is neither
// touched nor read, and the whole of it ends with one process.
package k3s

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// Options say where things are. The zero value is usable.
type Options = tools.Options

// directories are what k3s keeps things in, and their names in a cluster's own directory, which is mounted there.
var directories = [][2]string{
	{"/var/lib/rancher/k3s", "data"},
	{"/etc/rancher", "etc"},
	{"/run/k3s", "run"},
	{"/run/flannel", "flannel"},
	{"/run/netns", "netns"},
	{"/var/lib/kubelet", "kubelet"},
	{"/var/lib/cni", "cni"},
	{"/var/log/pods", "pods"},
	{"/var/log/containers", "containers"},
	// Only with a CNI variant instead of flannel.
	{"/opt/cni", "opt-cni"},
	{"/etc/cni", "etc-cni"},
}

// ConfDir is where the runtime reads CNI configuration with flannel.
const ConfDir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"

var configTemplate = template.Must(template.New("config.yaml").Parse(`node-name: {{.Name}}
write-kubeconfig: {{.Kubeconfig}}
write-kubeconfig-mode: "0600"
disable: [traefik, servicelb, metrics-server]
{{- if .DisableCNI}}
flannel-backend: none
disable-network-policy: true
{{- end}}
{{- if .DisableKubeProxy}}
disable-kube-proxy: true
{{- end}}
`))

// configure completes the spec and writes k3s' configuration for it.
func configure(spec *platforms.Spec, kubeconfig string) ([]byte, error) {
	if err := tools.CheckName(spec.Name); err != nil {
		return nil, err
	}
	if spec.Nodes == 0 {
		spec.Nodes = 1
	}
	if problem := oneNode(spec.Nodes); problem != "" {
		return nil, fmt.Errorf("%s", problem)
	}
	var out bytes.Buffer
	err := configTemplate.Execute(&out, struct {
		platforms.Spec
		Kubeconfig string
	}{*spec, kubeconfig})
	return out.Bytes(), err
}

func oneNode(nodes int) string {
	if nodes == 1 {
		return ""
	}
	return fmt.Sprintf("%d nodes: k3s makes the machine one node: use --nodes 1, or --platform k3d", nodes)
}

// foreign are variables of an installed k3s, or of the service that started the runner, which k3s would obey.
var foreign = []string{"K3S_", "CONTAINERD_", "CRI_", "KUBECONFIG=", "INVOCATION_ID=", "NOTIFY_SOCKET=", "_K3S_LOG_REEXEC_="}

// environment leaves out what would make k3s another than the configuration says.
func environment(all []string) (kept []string) {
variables:
	for _, variable := range all {
		for _, prefix := range foreign {
			if strings.HasPrefix(variable, prefix) {
				continue variables
			}
		}
		kept = append(kept, variable)
	}
	return kept
}

// chains are what the names of chains begin with that Kubernetes, flannel and Istio make in the machine's own network.
var chains = []string{"KUBE-", "FLANNEL-", "CNI-", "ISTIO_", "flannel masq"}

// without is a ruleset as iptables-save writes it, without what k3s has added to an earlier one; empty when nothing was.
func without(now, before []byte) []byte {
	old := map[string]bool{}
	for line := range strings.Lines(string(before)) {
		old[rule(line)] = true
	}
	var kept strings.Builder
	dropped := false
	for line := range strings.Lines(string(now)) {
		if ours := kubernetes(line) && !old[rule(line)]; ours {
			dropped = true
			continue
		}
		kept.WriteString(line)
	}
	if !dropped {
		return nil
	}
	return []byte(kept.String())
}

// rule is a line of a ruleset without the counters of chains.
func rule(line string) string {
	line, _, _ = strings.Cut(line, " [")
	return strings.TrimSpace(line)
}

func kubernetes(line string) bool {
	if strings.HasPrefix(line, "#") {
		return false
	}
	for _, chain := range chains {
		if strings.Contains(line, chain) {
			return true
		}
	}
	return false
}
