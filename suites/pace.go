package suites

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// pace lets trials begin only as fast as the cluster keeps up with them. On one with too much
// to do nothing comes in time any more, and rows are red for want of CPU.
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
	// tolerable is a judgement, not a measurement: a request this small that takes so long has waited for CPU.
	tolerable = 250 * time.Millisecond
	breath    = time.Second
	// fewest trials are under way however slow the cluster is.
	fewest = 2
)
