package suites

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// crowded begins trials whose stages take as long as the number of those under way demands, and returns how many were under
// way, sampled each minute.
func crowded(t *testing.T, most, trials int, stage func(underway int) time.Duration) (seen []int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(most)
		var group sync.WaitGroup
		slots := make(chan struct{}, most)
		for range trials {
			group.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				defer p.enter(t.Context())()
				began := time.Now()
				time.Sleep(stage(p.now()))
				p.stood(began)
				time.Sleep(5 * time.Second)
			})
		}
		time.Sleep(time.Millisecond) // between the moments at which trials come and go
		for range 5 {
			time.Sleep(time.Minute)
			seen = append(seen, p.now())
		}
		group.Wait()
		if p.now() != 0 {
			t.Errorf("%d trials never left", p.now())
		}
	})
	return seen
}

func (p *pace) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.underway
}

func TestPaceUsesWhatAnIdleClusterCanDo(t *testing.T) {
	for i, n := range crowded(t, 8, 1000, func(int) time.Duration { return 3 * time.Second }) {
		if n != 8 {
			t.Errorf("after %d minutes %d trials were under way, want all 8", i+1, n)
		}
	}
}

// TestPaceThinsACrowd has a cluster on which a stage takes five seconds for each trial under way.
func TestPaceThinsACrowd(t *testing.T) {
	for i, n := range crowded(t, 8, 200, func(underway int) time.Duration { return time.Duration(underway) * 5 * time.Second }) {
		if n < fewest || n > 4 {
			t.Errorf("after %d minutes %d trials were under way, want 3 or 4", i+1, n)
		}
	}
}

// TestPaceGoesOn has a cluster that is slow whatever is done.
func TestPaceGoesOn(t *testing.T) {
	for i, n := range crowded(t, 8, 50, func(int) time.Duration { return time.Minute }) {
		if i > 1 && n != fewest {
			t.Errorf("after %d minutes %d trials were under way, want %d", i+1, n, fewest)
		}
	}
	for i, n := range crowded(t, 1, 20, func(int) time.Duration { return time.Minute }) {
		if n != 1 {
			t.Errorf("after %d minutes %d trials were under way, want the one that was asked for", i+1, n)
		}
	}
}

// TestPaceEndsWithItsContext must not keep an interrupted run waiting for a cluster that has stopped to answer.
func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPace(2)
		for range 2 {
			p.adjust(func() { p.underway++ })
		}
		time.AfterFunc(time.Minute, cancel)
		begun := time.Now()
		p.enter(ctx)()
		if waited := time.Since(begun); waited != time.Minute {
			t.Errorf("it waited %s", waited)
		}
	})
}
