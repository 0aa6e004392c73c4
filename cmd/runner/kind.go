package main

import (
	"context"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/kind"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

func kindBackend() backend {
	return backend{
		name:    "kind",
		offline: []string{build.SetKubernetes, build.SetKind},
		open: func(r *run) platforms.Platform {
			return kind.New(kind.Options{Progress: r.console.detail, Image: r.kindNode, Foreseen: r.foreseenNode})
		},
		equip: func(ctx context.Context, r *run) error {
			_, err := r.kindNode(ctx) // before the clock of --timeout starts
			return err
		},
		ready: func(ctx context.Context, r *run) []string {
			problems := kind.New(kind.Options{}).Preflight(ctx)
			if r.offline(ctx) {
				problems = append(problems, build.KindNodePreflight(ctx, r.buildOptions())...)
			}
			return problems
		},
		loads:    true,
		clusters: func() keeper { return kind.New(kind.Options{}) },
	}
}

// kindNode is kind's released node image, which its library names, where images can be pulled, and else one that is
// built from the same modules as the local platform.
func (r *run) kindNode(ctx context.Context) (kind.NodeImage, error) {
	if !r.offline(ctx) {
		return kind.NodeImage{}, nil
	}
	image, err := build.KindNode(ctx, r.buildOptions())
	return kind.NodeImage{Ref: image.Ref, Archive: image.Archive}, err
}

// foreseenNode is what kindNode will provide, once it is decided where images come from.
func (r *run) foreseenNode() kind.NodeImage {
	if strings.HasPrefix(r.supply.origin, "built") {
		return kind.NodeImage{Ref: "BUILT-NODE-IMAGE"}
	}
	return kind.NodeImage{}
}

// offline says whether the run makes do without any registry.
func (r *run) offline(ctx context.Context) bool {
	if r.supply.origin != "" { // decided already
		return strings.HasPrefix(r.supply.origin, "built")
	}
	return r.builds(ctx)
}
