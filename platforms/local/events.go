//go:build linux

package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// milestones are the components known to be ready.
type milestones struct {
	mu    sync.Mutex
	ready map[[2]string]chan struct{} // by node and component
}

func newMilestones() *milestones { return &milestones{ready: map[[2]string]chan struct{}{}} }

func (m *milestones) of(node, component string) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [2]string{node, component}
	if m.ready[key] == nil {
		m.ready[key] = make(chan struct{})
	}
	return m.ready[key]
}

func (m *milestones) await(ctx context.Context, node, component string) error {
	select {
	case <-m.of(node, component):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s on node %s: %w", component, node, context.Cause(ctx))
	}
}

// follow reads events until one tells of an end, which is the error it returns; the end of the events is one, too.
func follow(events io.Reader, dir string, seen *milestones) error {
	decoder := json.NewDecoder(events)
	for {
		// The pipe ends when the last process that holds it has ended: the inits, in other words.
		var e node.Event
		if err := decoder.Decode(&e); err != nil {
			return fmt.Errorf("running the cluster's init: it has ended%s", tail(filepath.Join(dir, clusterLog)))
		}
		switch {
		case e.State == node.Ready:
			close(seen.of(e.Node, e.Component))
		case e.State == node.Exited:
			return fmt.Errorf("starting %s on node %s: %s%s",
				e.Component, e.Node, e.Detail, tail(node.Log(dir, e.Node, e.Component)))
		case e.State == node.Failed && e.Node != "":
			return fmt.Errorf("starting node %s: %s", e.Node, e.Detail)
		case e.State == node.Failed:
			return fmt.Errorf("running the cluster's init: %s", e.Detail)
		}
	}
}

// tail returns the last lines of a log as they continue an error message: ": " and the lines, or nothing.
func tail(path string) string {
	const (
		lines = 12
		bytes = 4096
	)
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) == 0 {
		return ""
	}
	raw = raw[max(0, len(raw)-bytes):]
	all := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return ":\n  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
