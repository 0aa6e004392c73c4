package build

import (
	"embed"
	"slices"
	"time"
)

// The sets of recipes.
const (
	SetKubernetes = "kubernetes" // a node and its control plane
	SetIstio      = "istio"      // the ambient control plane, for where released images cannot be pulled
	SetKind       = "kind"       // what a node image of kind has beside the kubernetes set
	SetEngine     = "engine"     // a Docker engine and its client, for where none is installed
	SetCilium     = "cilium"     // Cilium's agent, operator and plugin, for where released images cannot be pulled
)

const (
	kubernetesVersion = "v1.36.3"
	etcdVersion       = "v3.7.3"
	containerdVersion = "v2.4.2"
	runcVersion       = "v1.5.2"
	corednsVersion    = "v1.15.0"
	pauseVersion      = "1"

	// istioModuleVersion is the istio.io/istio of the project's own go.mod, whose embedded charts must fit the images.
	istioModuleVersion = "v0.0.0-20260827124520-eed52ebb66ad"
	istioRelease       = "1.31-dev"
)

// moduleFiles are called <name>.mod and <name>.sum because files of a directory that holds a go.mod cannot be embedded.
//
//go:embed recipes/*.mod recipes/*.sum
var moduleFiles embed.FS

//go:embed pause/main.go
var pauseSource []byte

// Recipes lists the recipes of the given sets, of all sets if none is given, in the order in which they are built:
// a small one first, so that the modules of the big ones are downloaded meanwhile.
func Recipes(sets ...string) []Recipe {
	var wanted []Recipe
	for _, recipe := range slices.Concat(controlPlaneRecipes(), nodeRecipes(), istioRecipes(), kindRecipes(), engineRecipes(), ciliumRecipes()) {
		if len(sets) > 0 && !slices.Contains(sets, recipe.Set) {
			continue
		}
		// A module file that is not there leaves the field empty, which the tests and every build notice.
		recipe.modFile, _ = moduleFiles.ReadFile("recipes/" + recipe.Name + ".mod")
		recipe.sumFile, _ = moduleFiles.ReadFile("recipes/" + recipe.Name + ".sum")
		wanted = append(wanted, recipe)
	}
	return wanted
}

// controlPlaneRecipes are what runs on the first node only.
func controlPlaneRecipes() []Recipe {
	return []Recipe{
		{
			Name: "etcd", Set: SetKubernetes, Module: "go.etcd.io/etcd/server/v3", Version: etcdVersion,
			Packages: []string{"go.etcd.io/etcd/server/v3"},
			Binary:   "etcd",
			Usual:    45 * time.Second, Space: Space{Binaries: 24, Compiled: 350, Modules: 180},
		},
		{
			Name: "kubernetes", Set: SetKubernetes, Module: "k8s.io/kubernetes", Version: kubernetesVersion,
			Packages: []string{
				"k8s.io/kubernetes/cmd/kube-apiserver",
				"k8s.io/kubernetes/cmd/kube-controller-manager",
				"k8s.io/kubernetes/cmd/kube-scheduler",
				"k8s.io/kubernetes/cmd/kubelet",
				"k8s.io/kubernetes/cmd/kube-proxy",
				"k8s.io/kubernetes/cmd/kubectl",
			},
			LDFlags: kubernetesStamp(),
			Usual:   5 * time.Minute, Space: Space{Binaries: 467, Compiled: 3030, Modules: 600},
		},
		{
			Name: "coredns", Set: SetKubernetes, Module: "github.com/coredns/coredns", Version: corednsVersion,
			Packages: []string{"github.com/coredns/coredns"},
			Usual:    110 * time.Second, Space: Space{Binaries: 76, Compiled: 820, Modules: 1500},
		},
	}
}

// kubernetesStamp is the version in a binary: without it, clients take the API server for v0.0.0 and refuse it.
func kubernetesStamp() []string {
	return []string{
		"-X", "k8s.io/component-base/version.gitVersion=" + kubernetesVersion,
		"-X", "k8s.io/component-base/version.gitMajor=1",
		"-X", "k8s.io/component-base/version.gitMinor=36",
		"-X", "k8s.io/client-go/pkg/version.gitVersion=" + kubernetesVersion,
	}
}

// nodeRecipes are what runs on every node beside the kubelet.
func nodeRecipes() []Recipe {
	return []Recipe{
		{
			Name: "runc", Set: SetKubernetes, Module: "github.com/opencontainers/runc", Version: runcVersion,
			Packages: []string{"github.com/opencontainers/runc"},
			Tags:     []string{"seccomp"},
			LDFlags:  []string{"-X", "main.version=" + runcVersion[1:]},
			Cgo:      true,
			Usual:    12 * time.Second, Space: Space{Binaries: 9, Compiled: 40, Modules: 50},
		},
		{
			Name: "containerd", Set: SetKubernetes, Module: "github.com/containerd/containerd/v2", Version: containerdVersion,
			Packages: []string{
				"github.com/containerd/containerd/v2/cmd/containerd",
				"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
				"github.com/containerd/containerd/v2/cmd/ctr",
			},
			Tags:    []string{"no_btrfs", "no_zfs", "no_devmapper"}, // snapshotters that need libraries and are not used
			LDFlags: []string{"-X", "github.com/containerd/containerd/v2/version.Version=" + containerdVersion},
			Usual:   time.Minute, Space: Space{Binaries: 74, Compiled: 480, Modules: 450},
		},
		{
			Name: "cni-plugins", Set: SetKubernetes, Module: "github.com/containernetworking/plugins", Version: "v1.9.1",
			Packages: []string{
				"github.com/containernetworking/plugins/plugins/main/ptp",
				"github.com/containernetworking/plugins/plugins/main/bridge",
				"github.com/containernetworking/plugins/plugins/main/loopback",
				"github.com/containernetworking/plugins/plugins/ipam/host-local",
				"github.com/containernetworking/plugins/plugins/meta/portmap",
			},
			Usual: 5 * time.Second, Space: Space{Binaries: 17, Compiled: 20, Modules: 20},
		},
		{
			Name: "pause", Set: SetKubernetes, Version: pauseVersion,
			Packages: []string{"recipe/pause"},
			Usual:    time.Second, Space: Space{Binaries: 2, Compiled: 60},
			sources: map[string][]byte{"main.go": pauseSource},
		},
	}
}

// istioRecipes stamp the version as Istio's own build does, so that istiod tells which commit it is.
func istioRecipes() []Recipe {
	return []Recipe{{
		Name: "istio", Set: SetIstio, Module: "istio.io/istio", Version: istioModuleVersion,
		Release: istioTag(),
		Packages: []string{
			"istio.io/istio/pilot/cmd/pilot-discovery",
			"istio.io/istio/cni/cmd/install-cni",
			"istio.io/istio/cni/cmd/istio-cni",
		},
		LDFlags: []string{
			"-X", "istio.io/istio/pkg/version.buildVersion=" + istioRelease,
			"-X", "istio.io/istio/pkg/version.buildGitRevision=" + istioRevision(),
		},
		Usual: 5 * time.Minute, Space: Space{Binaries: 298, Compiled: 2050, Modules: 600},
	}}
}

// istioRevision is the commit that the module version names, in twelve digits.
func istioRevision() string {
	return istioModuleVersion[len(istioModuleVersion)-12:]
}

// istioTag is the tag of images built from the recipe: "1.31-dev-eed52ebb66ad".
func istioTag() string {
	return istioRelease + "-" + istioRevision()
}
