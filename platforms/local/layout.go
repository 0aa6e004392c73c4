package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Layout is where a platform's container runtime looks for CNI, on its nodes.
type Layout struct {
	ConfDir  string // network configurations; the first in alphabetical order counts
	BinDir   string // plugins
	NetnsDir string // where the network namespaces of pods are really mounted; empty: /run/netns

	// Multus says that the platform defines NetworkAttachmentDefinition, of which Istio's chart makes one there.
	Multus bool
}

// layouts are the directories of other platforms, by their names. Sources: the CNI defaults of containerd; k3s
// pkg/agent/config (Multus page of its documentation; k3d runs the same binary); MicroK8s' containerd template; the
// istio-cni chart's platform profiles for GKE and OpenShift. minikube is the one whose runtime is Docker, which keeps
// network namespaces below its own directory; with containerd minikube's layout is the standard one. docs/layouts.md tells what
// istio-cni makes of each.
func layouts() map[string]Layout {
	k3s := Layout{ConfDir: "/var/lib/rancher/k3s/agent/etc/cni/net.d", BinDir: "/var/lib/rancher/k3s/data/cni"}
	standard := Layout{ConfDir: "/etc/cni/net.d", BinDir: "/opt/cni/bin"}
	return map[string]Layout{
		"":         standard,
		"kind":     standard,
		"minikube": {ConfDir: standard.ConfDir, BinDir: standard.BinDir, NetnsDir: "/run/docker/netns"},
		"k3s":      k3s,
		"k3d":      k3s,
		"microk8s": {ConfDir: "/var/snap/microk8s/current/args/cni-network", BinDir: "/var/snap/microk8s/current/opt/cni/bin"},
		"gke":      {ConfDir: "/etc/cni/net.d", BinDir: "/home/kubernetes/bin"},
		"openshift": {
			ConfDir: "/etc/cni/multus/net.d",
			BinDir:  "/var/lib/cni/bin",
			Multus:  true,
		},
	}
}

// Layouts lists the platforms whose directories a cluster can have, sorted.
func Layouts() []string {
	names := slices.Sorted(maps.Keys(layouts()))
	return names[1:] // but the empty one
}

func layoutOf(platform string) (Layout, error) {
	l, ok := layouts()[platform]
	if !ok {
		return l, fmt.Errorf("layout %q is not known; known are %s", platform, strings.Join(Layouts(), ", "))
	}
	return l, nil
}

// ConfDir is where the runtime of a cluster with a layout looks for configurations; of an unknown one, the standard place.
func ConfDir(layout string) string {
	l, ok := layouts()[layout]
	if !ok {
		l = layouts()[""]
	}
	return l.ConfDir
}
