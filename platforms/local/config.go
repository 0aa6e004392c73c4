//go:build linux

package local

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

//go:embed templates
var templates embed.FS

// settings is everything a template may ask for.
type settings struct {
	Node        string
	Etc, Bin    string // as the node sees them
	CNI         Layout
	Pause       string // image references
	CoreDNS     string
	ClusterDNS  string
	PodCIDR     string
	NodePodCIDR string
	CgroupRoot  string
}

// newSettings gathers what the templates need about node i.
func newSettings(spec platforms.Spec, i int, cgroup string, images wellKnown) (settings, error) {
	layout, err := layoutOf(spec.Layout)
	name := nodeName(spec.Name, i)
	return settings{
		Node:        name,
		Etc:         etc,
		Bin:         bin,
		CNI:         layout,
		Pause:       images.pause,
		CoreDNS:     images.coreDNS,
		ClusterDNS:  clusterDNS,
		PodCIDR:     podNet,
		NodePodCIDR: nodePods(i).String(),
		CgroupRoot:  kubeletRoot(cgroup, name),
	}, err
}

// configs are the configuration files of a node, by their names relative to the node's directory.
func (s settings) configs(spec platforms.Spec) (map[string][]byte, error) {
	names := map[string]string{
		"kubelet.yaml":    "etc/kubelet.yaml",
		"containerd.toml": "etc/containerd.toml",
	}
	if !spec.DisableKubeProxy {
		names["kube-proxy.yaml"] = "etc/kube-proxy.yaml"
	}
	if !spec.DisableCNI {
		names["pods.conflist"] = "cni/net.d/10-pods.conflist"
	}
	files := make(map[string][]byte, len(names))
	for name, target := range names {
		content, err := s.render(name)
		if err != nil {
			return nil, err
		}
		files[target] = content
	}
	return files, nil
}

// render fills in one template; an unknown field is an error, never an empty string.
func (s settings) render(name string) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, fmt.Errorf("reading template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, s); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", name, err)
	}
	return out.Bytes(), nil
}
