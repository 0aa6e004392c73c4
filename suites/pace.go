package suites

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// pace lets trials begin only as fast as the cluster keeps up with them. A cluster with too much to do gets through less
// than one with enough, until nothing comes in time any more and every row is red for want of CPU.
type pace struct {
	answer   func(context.Context) time.Duration // how long the API server takes to answer now
	entering *semaphore.Weighted                 // one at a time, so that each sees what the one before it has caused
	underway atomic.Int32
}

func newPace(answer func(context.Context) time.Duration) *pace {
	return &pace{answer: answer, entering: semaphore.NewWeighted(1)}
}

// enter waits until another trial may begin, or ctx ends, and returns what to call when the trial has ended.
func (p *pace) enter(ctx context.Context) (leave func()) {
	if p.entering.Acquire(ctx, 1) == nil {
		defer p.entering.Release(1)
		for p.underway.Load() >= fewest && p.answer(ctx) > tolerable && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(breath):
			}
		}
	}
	p.underway.Add(1)
	return func() { p.underway.Add(-1) }
}

const (
	// tolerable is several times what an API server takes that has much to do, and a fraction of what one takes that has too
	// much: tens of milliseconds against seconds.
	tolerable = 250 * time.Millisecond
	breath    = time.Second
	// fewest trials are under way however slow the cluster is.
	fewest = 2
)
