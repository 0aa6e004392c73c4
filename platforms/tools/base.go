package tools

import (
	"context"
	"errors"
	"fmt"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// Options say where things are. The zero value is usable.
type Options struct {
	State    State  // empty: DefaultState
	Cache    string // of downloaded programs; empty: the user's
	Runner   Runner // nil: Exec
	Progress platforms.Progress
}

// Base is what platforms have in common that are made with one program each.
type Base struct {
	State    State
	Finder   Finder
	Runner   Runner
	Progress platforms.Progress
	Release  Release // of the program; its name is the platform's, too
}

// Base completes the options. Nothing outside this process is touched.
func (o Options) Base(r Release) Base {
	b := Base{State: o.State, Runner: o.Runner, Progress: o.Progress, Release: r}
	if b.State.Dir == "" {
		b.State = DefaultState(r.Name)
	}
	if b.Runner == nil {
		b.Runner = Exec{}
	}
	b.Finder = Finder{Cache: o.Cache, Runner: b.Runner}
	return b
}

// Equip gets the program where the machine has none.
func (b Base) Equip(ctx context.Context) error {
	_, err := b.Finder.Find(ctx, b.Release)
	return err
}

// Ready says what would make Create fail, a sentence each, on a platform whose nodes are containers of Docker.
func (b Base) Ready(ctx context.Context) (problems []string) {
	for _, problem := range []string{b.Finder.Problem(ctx, b.Release), b.Finder.Docker(ctx)} {
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

// Hold locks a cluster that is to be created. One that another runner is busy with counts as existing.
func (b Base) Hold(cluster string) (unlock func(), err error) {
	unlock, err = b.State.TryLock(cluster)
	if errors.Is(err, ErrBusy) {
		err = fmt.Errorf("%w: %w", platforms.ErrExists, err)
	}
	return unlock, err
}

// List names the clusters of ours.
func (b Base) List(context.Context) ([]string, error) { return b.State.Clusters() }
