// Package platforms makes, reaches and removes Kubernetes clusters. A platform is four verbs; everything else that sets
// one apart from another (CNI directories, Istio settings, prerequisites) is data.
package platforms

import (
	"context"
	"errors"

	"k8s.io/client-go/rest"
)

// Platform provisions clusters of one kind. Implementations hold no state of a cluster in memory: each verb finds it
// by its name, so that another process (`runner down`) can finish what a killed one began.
type Platform interface {
	// Create makes a cluster whose API server answers and whose nodes are registered. When it fails, what was made so
	// far is left for Delete, which the caller has arranged beforehand.
	Create(ctx context.Context, spec Spec) (*Cluster, error)

	// Load makes the images of docker-format archives available to every node under their own names.
	Load(ctx context.Context, cluster string, archives ...string) error

	// Logs writes what the nodes and the control plane logged into dir, a file per component.
	Logs(ctx context.Context, cluster, dir string) error

	// Delete removes the cluster and everything made for it. Deleting what is absent is no error; what the platform
	// did not create is never deleted.
	Delete(ctx context.Context, cluster string) error
}

// Spec says which cluster is wanted. The zero value of a field means the platform's default.
type Spec struct {
	Name  string // lower-case DNS label, at most 32 characters (k3d's limit, kept everywhere)
	Nodes int    // number of nodes, all schedulable

	// DisableCNI leaves the nodes without a primary CNI (and so NotReady): a CNI variant is installed afterwards.
	DisableCNI bool
	// DisableKubeProxy leaves service addresses to the CNI variant.
	DisableKubeProxy bool
	// Layout names another platform whose CNI directories the local platform reproduces; empty keeps the standard ones.
	Layout string
}

// ErrExists is wrapped by Create when a running cluster has the name already. It is somebody else's: not to be deleted.
var ErrExists = errors.New("a cluster of that name exists already")

// Cluster is a cluster that answers.
type Cluster struct {
	Name       string
	Platform   string
	Kubeconfig string       // path of a file of its own; the user's kubeconfig is never touched
	REST       *rest.Config // credentials of a cluster administrator
	Nodes      []string     // node names, sorted; the first runs the control plane where one can be told apart
}

// Progress receives what is being done, in words for a person. A nil Progress is silent.
type Progress func(format string, args ...any)

// Say reports one line of progress; it is safe on a nil Progress.
func (p Progress) Say(format string, args ...any) {
	if p != nil {
		p(format, args...)
	}
}

// DeleteEach deletes clusters one after the other and returns the names of those that are gone.
func DeleteEach(ctx context.Context, names []string, remove func(context.Context, string) error) (gone []string, err error) {
	var errs []error
	for _, name := range names {
		if err := remove(ctx, name); err != nil {
			errs = append(errs, err)
			continue
		}
		gone = append(gone, name)
	}
	return gone, errors.Join(errs...)
}
