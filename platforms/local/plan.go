//go:build linux

package local

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// newPlan is the cluster a spec asks for, as data.
func newPlan(spec platforms.Spec, binaries, cgroup string) (node.Plan, error) {
	layout, err := layoutOf(spec.Layout)
	if err != nil {
		return node.Plan{}, err
	}
	plan := node.Plan{Cluster: spec.Name, Cgroup: cgroup, Bridge: bridgeAddress(), Bin: binaries}
	for i := range spec.Nodes {
		plan.Nodes = append(plan.Nodes, newNode(spec, i, cgroup, layout))
	}
	return plan, nil
}

func newNode(spec platforms.Spec, i int, cgroup string, layout Layout) node.Node {
	name, address := nodeName(spec.Name, i), nodeAddress(i)
	n := node.Node{
		Name:     name,
		Address:  address,
		Gateway:  bridgeAddress().Addr(),
		Cgroup:   kubeletRoot(cgroup, name) + "/system",
		Overlays: overlays(layout),
		Binds:    binds(layout),
		Links:    links(layout),
		Files: map[string]string{
			"/etc/hostname":    name + "\n",
			"/etc/hosts":       hosts(spec),
			"/etc/resolv.conf": "# the cluster has no resolver but its own\n",
		},
		Sysctls: map[string]string{
			"net/ipv4/ip_forward": "1",
			// Strict filtering would drop the answer to a probe whose source istio-cni has rewritten.
			"net/ipv4/conf/all/rp_filter":     "0",
			"net/ipv4/conf/default/rp_filter": "0",
		},
		// What the kubelet sets on every start; each is the machine's.
		Shadows: map[string]string{
			"vm/overcommit_memory":      "1",
			"vm/panic_on_oom":           "0",
			"kernel/panic":              "10",
			"kernel/panic_on_oops":      "1",
			"kernel/keys/root_maxkeys":  "1000000",
			"kernel/keys/root_maxbytes": "25000000",
		},
	}
	if spec.DisableCNI {
		n.CgroupRoot, n.NodeCgroup = cgroupRoot, kubeletRoot(cgroup, name)
		// What Cilium's agent sets on every start, likewise the machine's.
		n.Shadows["kernel/unprivileged_bpf_disabled"], n.Shadows["kernel/timer_migration"] = "1", "0"
	}
	// A primary CNI of its own makes its own routes.
	for j := range spec.Nodes {
		if j != i && !spec.DisableCNI {
			n.Routes = append(n.Routes, node.Route{To: nodePods(j), Via: nodeAddress(j).Addr()})
		}
	}
	if i == 0 {
		n.Forward = apiAddress()
		n.Components = controlPlane()
	} else {
		n.Components = []node.Component{{Name: "kube-apiserver", Ready: apiReady()}}
	}
	n.Components = append(n.Components, nodeComponents(name, address.Addr().String(), !spec.DisableKubeProxy)...)
	return n
}

// kubeletRoot is the cgroup below which a node's kubelet puts its pods.
func kubeletRoot(cgroup, node string) string { return cgroup + "/" + node }

// binds are the node's directories at their standard places.
func binds(layout Layout) []node.Bind {
	return []node.Bind{
		{Source: "lib/containerd", Target: "/var/lib/containerd"},
		{Source: "lib/kubelet", Target: "/var/lib/kubelet"},
		{Source: "lib/etcd", Target: "/var/lib/etcd"},
		{Source: "lib/cni", Target: "/var/lib/cni"},
		{Source: "log", Target: "/var/log"},
		{Source: "cni/net.d", Target: layout.ConfDir},
		{Source: "cni/bin", Target: layout.BinDir},
	}
}

// links lead containerd, which always mounts network namespaces below /run/netns, to where the layout has them.
func links(layout Layout) map[string]string {
	if layout.NetnsDir == "" {
		return nil
	}
	return map[string]string{"/run/netns": layout.NetnsDir}
}

// overlays are the top-level directories in which pods and components of a node create files of their own. An istio-cni
// that is told another platform's directories (--istio-platform) must not write into the machine's either: k3d's plugins
// are in /bin, GKE's below /home.
func overlays(layout Layout) []string {
	dirs := []string{"/bin", "/etc", "/home", "/opt", "/var"}
	for _, dir := range []string{layout.ConfDir, layout.BinDir} {
		top := "/" + strings.SplitN(strings.TrimPrefix(filepath.Clean(dir), "/"), "/", 2)[0]
		if !slices.Contains(dirs, top) {
			dirs = append(dirs, top)
		}
	}
	return dirs
}

// hosts lets nodes find each other by name; pods ask the cluster's resolver.
func hosts(spec platforms.Spec) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n::1 localhost\n")
	for i := range spec.Nodes {
		fmt.Fprintf(&b, "%s %s\n", nodeAddress(i).Addr(), nodeName(spec.Name, i))
	}
	return b.String()
}
