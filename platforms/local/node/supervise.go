//go:build linux

package node

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// restartDelay keeps a component that dies at once from burning the machine; the node's life goes on meanwhile.
const restartDelay = time.Second

// supervise runs the node's components until ctx ends, each as soon as what it needs is ready.
func supervise(ctx context.Context, n Node, reaper *reaper, events *reporter) {
	ready := make(map[string]chan struct{}, len(n.Components))
	for _, c := range n.Components {
		ready[c.Name] = make(chan struct{})
	}
	var all sync.WaitGroup
	for _, c := range n.Components {
		all.Go(func() {
			for _, name := range c.After {
				select {
				case <-ready[name]:
				case <-ctx.Done():
					return
				}
			}
			keepRunning(ctx, c, reaper, events, func() {
				events.tell(Event{Component: c.Name, State: Ready})
				close(ready[c.Name])
			})
		})
	}
	all.Wait()
}

// keepRunning starts a component, starts it again whenever it ends, and calls ready once, when its gate has opened.
func keepRunning(ctx context.Context, c Component, reaper *reaper, events *reporter, ready func()) {
	watch := sync.OnceFunc(func() {
		go func() {
			if c.Ready.await(ctx) == nil {
				ready()
			}
		}()
	})
	if len(c.Argv) == 0 {
		watch()
		return
	}
	for {
		ended, err := launch(c, reaper)
		// Whoever waits for the cluster takes the first end as a failure; later ends are only written down.
		if err != nil {
			events.tell(Event{Component: c.Name, State: Exited, Detail: err.Error()})
		} else {
			events.tell(Event{Component: c.Name, State: Started})
			watch()
			events.tell(Event{Component: c.Name, State: Exited, Detail: <-ended})
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartDelay):
		}
	}
}

// Environment is what programs of a node get: the components' binaries first, and nothing of the machine's.
func Environment() []string {
	return []string{
		"PATH=" + Home + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"LANG=C.UTF-8",
	}
}

// launch starts a component with its log as its output. The log is appended to, so that what came before a restart
// stays.
func launch(c Component, reaper *reaper) (<-chan string, error) {
	log, err := os.OpenFile(filepath.Join("/var/log", c.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	_, ended, err := reaper.start(filepath.Join(Home, "bin", c.Argv[0]), c.Argv, &os.ProcAttr{
		Dir:   "/",
		Env:   append(Environment(), c.Env...),
		Files: []*os.File{log, log},
		Sys:   &syscall.SysProcAttr{},
	})
	return ended, err
}
