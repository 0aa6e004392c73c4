//go:build linux

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// reaper starts processes and collects every child that dies. The first process of a PID namespace inherits the
// orphans of all others, so it must wait for any child; os/exec, which waits for its own, would race with that.
type reaper struct {
	mu      sync.Mutex
	waiting map[int]chan string // by number: receives how the process ended
}

// newReaper begins to collect; it ends with ctx.
func newReaper(ctx context.Context) *reaper {
	r := &reaper{waiting: map[int]chan string{}}
	died := make(chan os.Signal, 1) // one pending signal is enough: collect takes all
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		defer signal.Stop(died)
		for {
			select {
			case <-ctx.Done():
				return
			case <-died:
				r.collect()
			}
		}
	}()
	return r
}

// start runs a program in a session of its own, with attr.Files after an empty standard input; the channel receives how
// it ended, in words. Holding the lock keeps collect from taking a child
// nobody knows yet, also the ones the os package itself forks to try out what the kernel can do.
func (r *reaper) start(path string, argv []string, attr *os.ProcAttr) (int, <-chan string, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, nil, fmt.Errorf("opening standard input of %s: %w", argv[0], err)
	}
	defer null.Close()
	attr.Files = append([]*os.File{null}, attr.Files...)
	attr.Sys.Setsid = true
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := os.StartProcess(path, argv, attr)
	if err != nil {
		return 0, nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	pid := p.Pid
	done := make(chan string, 1)
	r.waiting[pid] = done
	return pid, done, p.Release()
}

func (r *reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if done, ok := r.waiting[pid]; ok {
			delete(r.waiting, pid)
			done <- ending(status)
		}
	}
}

func ending(status syscall.WaitStatus) string {
	if status.Signaled() {
		return fmt.Sprintf("killed by %s", unix.SignalName(status.Signal()))
	}
	return fmt.Sprintf("exited with status %d", status.ExitStatus())
}
