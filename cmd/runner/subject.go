package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// subject describes what was examined, from what the cluster says of itself. What cannot be read stays empty: the
// report is written whatever state the cluster is in.
func (r *run) subject(ctx context.Context) reports.Subject {
	s := reports.Subject{
		Platform: r.options.platform, CNI: r.cni, Cluster: r.name, Runner: version(), Architecture: runtime.GOARCH,
		Dataplane: r.supply.dataplane(), Images: map[string]string{}, Settings: map[string]string{},
	}
	if r.lab.Kube == nil {
		return s
	}
	if info, err := r.lab.Kube.Clientset.Discovery().ServerVersion(); err == nil {
		s.Kubernetes = info.GitVersion
	}
	if nodes, err := r.lab.Kube.Nodes(ctx); err == nil {
		for _, node := range nodes {
			described := describeNode(node)
			if d, read := r.lab.NodeDirs[node.Name]; read {
				described.CNIDirectories = map[string]string{"conf": d.Conf, "bin": d.Bin, "netns": d.Netns}
			}
			s.Nodes = append(s.Nodes, described)
			s.Kernel = node.Status.NodeInfo.KernelVersion
		}
	}
	maps.Copy(s.Settings, r.networkSettings)
	if r.mesh == nil {
		return s
	}
	s.Istio = r.mesh.Charts["istiod"]
	maps.Copy(s.Settings, r.effective)
	for _, chart := range []string{mesh.Istiod, mesh.CNI, mesh.Ztunnel} {
		if reference := r.effective[chart+".image"]; reference != "" {
			s.Images[reference] = r.effective[chart+".imageID"]
		}
	}
	for _, reduction := range r.mesh.Reduced {
		s.Settings["reduced."+reduction.Chart+"."+strings.Join(reduction.Path, ".")] = fmt.Sprint(reduction.Value)
	}
	return s
}

func describeNode(node corev1.Node) reports.Node {
	info := node.Status.NodeInfo
	described := reports.Node{
		Name: node.Name, OSImage: info.OSImage, Kernel: info.KernelVersion, Runtime: info.ContainerRuntimeVersion,
		Kubelet: info.KubeletVersion, PodCIDR: node.Spec.PodCIDR,
	}
	for _, address := range node.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			described.Address = address.Address
		}
	}
	return described
}

// dataplane names what ran as ztunnel, and says so when it was the double.
func (s supply) dataplane() string {
	switch {
	case s.selfTest:
		return s.ztunnel + " (a double of ztunnel: self-test)"
	case s.ztunnel != "":
		return s.ztunnel
	}
	return fmt.Sprintf("%s/ztunnel:%s", s.hub, s.tag)
}

// version is this runner's own: the module version when it was installed as one, else the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			modified = "+changes"
		}
	}
	if len(revision) > 12 {
		return revision[:12] + modified
	}
	return info.Main.Version
}
