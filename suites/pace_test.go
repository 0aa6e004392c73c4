package suites

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace has six trials begin at an API server that is slow for the first half minute.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		p := newPace(func(context.Context) time.Duration {
			if time.Since(begun) < 30*time.Second {
				return 2 * tolerable
			}
			return tolerable / 10
		})
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				defer p.enter(t.Context())()
				time.Sleep(time.Minute)
			})
		}
		time.Sleep(10 * time.Second)
		if n := p.underway.Load(); n != fewest {
			t.Errorf("while the API server was slow %d trials were under way, want %d", n, fewest)
		}
		time.Sleep(30 * time.Second)
		if n := p.underway.Load(); n != 6 {
			t.Errorf("after it had recovered %d trials were under way, want 6", n)
		}
		group.Wait()
	})
}

// TestPaceEndsWithItsContext must not keep an interrupted run waiting for a cluster that has stopped to answer.
func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPace(func(context.Context) time.Duration { return time.Hour })
		for range fewest {
			defer p.enter(ctx)()
		}
		time.AfterFunc(time.Minute, cancel)
		begun := time.Now()
		p.enter(ctx)()
		if waited := time.Since(begun); waited > time.Minute+breath {
			t.Errorf("it waited %s", waited)
		}
	})
}
