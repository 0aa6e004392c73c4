package suites

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// pace lets as many trials be under way as the cluster keeps up with, which the time shows that stages take to stand. On a
// cluster with too much to do istio-cni and kubelets give up on what would have come a moment later, begin anew, and
// so have still more to do; rows are then red for want of CPU.
type pace struct {
	most     int
	entering *semaphore.Weighted // one at a time, in the order in which they came

	mu       sync.Mutex
	limit    int
	underway int
	thinned  time.Time     // when the limit was last lowered
	changed  chan struct{} // closed and replaced when there may be room
}

// newPace begins in the middle: too many at first would be noticed only when they all are late.
func newPace(most int) *pace {
	return &pace{most: most, entering: semaphore.NewWeighted(1), limit: max(min(fewest, most), (most+1)/2), changed: make(chan struct{})}
}

// enter waits until another trial may begin, or ctx ends, and returns what to call when the trial has ended.
func (p *pace) enter(ctx context.Context) (leave func()) {
	if p.entering.Acquire(ctx, 1) == nil {
		defer p.entering.Release(1)
		for changed := p.full(); changed != nil && ctx.Err() == nil; changed = p.full() {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
	p.adjust(func() { p.underway++ })
	return func() { p.adjust(func() { p.underway-- }) }
}

// full returns what is closed when there may be room again; nil when there is.
func (p *pace) full() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.underway < p.limit {
		return nil
	}
	return p.changed
}

// stood is told that a stage stands, and when it was begun.
func (p *pace) stood(began time.Time) {
	took := time.Since(began)
	p.adjust(func() {
		switch {
		case took < brisk:
			p.limit = min(p.most, p.limit+1)
		// One that was begun before says nothing of what thinning the crowd has brought.
		case took > slow && began.After(p.thinned):
			p.limit, p.thinned = max(min(fewest, p.most), p.limit/2), time.Now()
		}
	})
}

func (p *pace) adjust(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

// A stage takes one to four seconds where nothing is in its way, and was seen to take forty.
const (
	brisk = 8 * time.Second
	slow  = 15 * time.Second
	// fewest trials are under way however slow the cluster is: enough for another beside the two that take long, whose
	// stage tells whether it has become faster.
	fewest = 3
)
