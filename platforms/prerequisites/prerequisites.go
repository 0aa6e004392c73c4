// Package prerequisites holds what a platform must have before ambient mode can work on it, as data: how each is judged
// from the API server alone, what to do about it, and the change that does it. Judging changes nothing.
package prerequisites

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Standing is how a cluster stands to a prerequisite.
type Standing string

const (
	Met        Standing = "met"
	Missing    Standing = "missing"
	CannotTell Standing = "cannot tell"
)

// Prerequisite is one condition of one platform.
type Prerequisite struct {
	Name     string // kebab-case, unique
	Platform string // "eks", "gke", "openshift", …; empty: every platform
	Promise  string // what holds when it is met, one sentence
	Remedy   string // what a person can do about it
	Doc      string // URL of the documentation that asks for it

	// judge looks without changing anything. An error means that the cluster could not be read.
	judge func(ctx context.Context, c *Cluster) (Verdict, error)
	// change brings it about; nil where only a person can.
	change func(c *Cluster) change
}

// Verdict is a judgement with the facts it rests on.
type Verdict struct {
	Standing Standing
	Evidence string
}

// Finding is one prerequisite as a cluster was found to stand to it.
type Finding struct {
	Name       string   `json:"name"`
	Promise    string   `json:"promise"`
	Standing   Standing `json:"standing"`
	Evidence   string   `json:"evidence"`
	Remedy     string   `json:"remedy,omitempty"` // empty when met
	Appliable  bool     `json:"appliable"`        // --apply-prerequisites brings it about
	Documented string   `json:"documentation"`
}

// Intent is what is going to be installed, or is reused, as far as prerequisites depend on it.
type Intent struct {
	IstioNamespace string   // of istiod
	NodeNamespaces []string // of istio-cni and ztunnel, each once; of a mesh that is reused those it has
	AgentNamespace string   // of this tool's node agents
	// Minor is the release of Istio, such as 31 for 1.31; 0 for one that cannot be told.
	Minor int
	// Reuse is set when the mesh that is there will be examined instead of a new one.
	Reuse bool
}

// Cluster is where prerequisites are judged and applied.
type Cluster struct {
	Intent
	platform string
	client   kubernetes.Interface
	dynamic  dynamic.Interface
}

// Open connects to a cluster of a platform. No request is made yet.
func Open(config *rest.Config, platform string, intent Intent) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // the API server has its own fairness
	config.WarningHandler = rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("building a client for %s: %w", config.Host, err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("building a client for %s: %w", config.Host, err)
	}
	return &Cluster{Intent: intent, platform: platform, client: client, dynamic: objects}, nil
}

// Of lists the prerequisites of a platform, in the order of the table.
func Of(platform string) []Prerequisite {
	var found []Prerequisite
	for _, p := range table() {
		if p.Platform == "" || p.Platform == platform {
			found = append(found, p)
		}
	}
	return found
}

// Judge judges each of the platform's prerequisites, all at once. What cannot be read is told apart from what is missing.
func Judge(ctx context.Context, c *Cluster) []Finding {
	all := Of(c.platform)
	findings := make([]Finding, len(all))
	var group errgroup.Group
	for i, p := range all {
		group.Go(func() error {
			findings[i] = p.find(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // its functions return no error
	return findings
}

func (p Prerequisite) find(ctx context.Context, c *Cluster) Finding {
	verdict, err := p.judge(ctx, c)
	if err != nil {
		verdict = Verdict{CannotTell, err.Error()}
	}
	f := Finding{
		Name: p.Name, Promise: p.Promise, Standing: verdict.Standing, Evidence: verdict.Evidence,
		Appliable: p.change != nil, Documented: p.Doc,
	}
	if f.Standing != Met {
		f.Remedy = p.Remedy
	}
	return f
}

// worst is the verdict that counts of those on several places: what is missing in one is missing.
func worst(verdicts []Verdict) (Verdict, error) {
	for _, standing := range []Standing{Missing, CannotTell, Met} {
		for _, v := range verdicts {
			if v.Standing == standing {
				return v, nil
			}
		}
	}
	return cannotTell("there is nowhere to look")
}

func met(evidence string, args ...any) (Verdict, error) {
	return Verdict{Met, fmt.Sprintf(evidence, args...)}, nil
}

func missing(evidence string, args ...any) (Verdict, error) {
	return Verdict{Missing, fmt.Sprintf(evidence, args...)}, nil
}

func cannotTell(evidence string, args ...any) (Verdict, error) {
	return Verdict{CannotTell, fmt.Sprintf(evidence, args...)}, nil
}
