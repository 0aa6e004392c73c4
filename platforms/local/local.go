// Package local is the platform that needs nothing but the machine: upstream Kubernetes, from etcd to runc, in Linux
// namespaces. A cluster is one process tree: a cluster init with a network namespace of its own that holds a bridge,
// and below it one init per node, which is the first process of the node's PID, mount, network, UTS and IPC namespaces
// and runs containerd, kubelet and kube-proxy, on the first node the control plane too. Killing the cluster init
// therefore removes every process, mount and interface at once; the machine's network namespace is never changed, and
// the API server is reached through a listener on 127.0.0.1 that was opened before the namespaces were entered.
//
// The inits are the runner's own executable, so its main must begin with
//
//	if local.IsInit(os.Args) {
//		os.Exit(local.RunInit(context.Background(), os.Args))
//	}
package local

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Artifacts is what a cluster is made of.
type Artifacts struct {
	Bin      string            // directory that holds every binary, flat
	Images   []string          // docker archives every node gets at start; pause and coredns among them
	Versions map[string]string // component to version, for reports
}

// Options configure the platform.
type Options struct {
	// Artifacts provides binaries and images, building them if need be. It is asked once per Create.
	Artifacts func(ctx context.Context) (Artifacts, error)
	// StateDir holds a directory per cluster; empty means ambient-conformance/local below the user's cache directory.
	StateDir string
	Progress platforms.Progress
	// Self is the executable that becomes the inits, an absolute path; empty means the running one.
	Self string
}

// Problem is one reason why the machine cannot carry a cluster now.
type Problem struct {
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

func (p Problem) String() string { return p.What + "; " + p.Remedy }

var _ platforms.Platform = (*Platform)(nil)
