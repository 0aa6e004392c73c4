package build

import "time"

const dockerVersion = "v28.5.2+incompatible"

// kindRecipes are what a node of kind has and one of the local platform has not.
func kindRecipes() []Recipe {
	return []Recipe{{
		Name: "kubeadm", Set: SetKind, Module: "k8s.io/kubernetes", Version: kubernetesVersion,
		Packages: []string{"k8s.io/kubernetes/cmd/kubeadm"},
		LDFlags:  kubernetesStamp(),
		Usual:    20 * time.Second, Space: Space{Binaries: 60, Compiled: 60, Modules: 10},
	}}
}

// engineRecipes are a Docker engine that runs with our containerd and runc. Its modules carry no go.mod: what they
// require is in their vendor.mod, which our module files repeat.
func engineRecipes() []Recipe {
	stamp := []string{"-X", "github.com/docker/docker/dockerversion.Version=" + dockerRelease}
	return []Recipe{
		{
			Name: "docker-engine", Set: SetEngine, Module: "github.com/docker/docker", Version: dockerVersion, Release: dockerRelease,
			Packages: []string{"github.com/docker/docker/cmd/dockerd"},
			// Storage drivers that need libraries and are not used; the journal of systemd likewise.
			Tags:    []string{"exclude_graphdriver_btrfs", "exclude_graphdriver_zfs", "no_systemd"},
			LDFlags: stamp,
			Usual:   110 * time.Second, Space: Space{Binaries: 80, Compiled: 700, Modules: 500},
		},
		{
			Name: "docker-cli", Set: SetEngine, Module: "github.com/docker/cli", Version: dockerVersion, Release: dockerRelease,
			Packages: []string{"github.com/docker/cli/cmd/docker"},
			LDFlags:  []string{"-X", "github.com/docker/cli/cli/version.Version=" + dockerRelease},
			Usual:    40 * time.Second, Space: Space{Binaries: 35, Compiled: 150, Modules: 150},
		},
	}
}

// dockerRelease is the version as its makers call it.
const dockerRelease = "28.5.2"
