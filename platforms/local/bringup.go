//go:build linux

package local

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// bringUp is the part of Create between the start of the inits and nodes that are Ready.
type bringUp struct {
	platform *Platform
	dir      string
	spec     platforms.Spec
	images   wellKnown
	archives []string
	config   *rest.Config
}

// run does what the events allow as soon as they allow it, until the cluster is complete or a component has ended.
func (b bringUp) run(ctx context.Context, events io.Reader) error {
	began := time.Now()
	say := func(what string) { b.platform.progress.Say("%s after %.1fs", what, time.Since(began).Seconds()) }

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	seen := newMilestones()
	// It reads until the caller closes the pipe; after run has returned, what it finds concerns nobody any more.
	go func() { cancel(follow(events, b.dir, seen)) }()

	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error {
		if err := seen.await(workCtx, nodeName(b.spec.Name, 0), "kube-apiserver"); err != nil {
			return err
		}
		say("API server ready")
		if err := b.furnish(workCtx); err != nil {
			return err
		}
		if err := b.awaitNodes(workCtx); err != nil {
			return err
		}
		say("nodes ready")
		return nil
	})
	for _, name := range nodeNames(b.spec) {
		work.Go(func() error {
			if err := seen.await(workCtx, name, "containerd"); err != nil {
				return err
			}
			if err := b.platform.loadNode(workCtx, b.spec.Name, name, b.archives); err != nil {
				return err
			}
			say(fmt.Sprintf("%d images on %s", len(b.archives), name))
			return nil
		})
	}
	err := work.Wait()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause // a component's end explains why everybody else gave up
	}
	return err
}
