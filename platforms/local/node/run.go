//go:build linux

package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

// IdentityFile is where an init writes who it is, for whoever wants to enter or end it later.
const IdentityFile = "init.json"

// runNode is the init of a node.
func runNode(ctx context.Context, dir, name string, events *reporter, inherited *os.File) error {
	plan, err := ReadPlan(dir)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(plan.Nodes, func(n Node) bool { return n.Name == name })
	if i < 0 {
		return fmt.Errorf("starting node %s: the plan does not name it", name)
	}
	n := plan.Nodes[i]
	if err := identify(Dir(dir, name)); err != nil {
		return err
	}
	if err := prepare(n, Dir(dir, name), plan.Bin); err != nil {
		return fmt.Errorf("preparing node %s: %w", name, err)
	}
	if n.Forward != "" {
		listener, err := net.FileListener(inherited)
		if err != nil {
			return fmt.Errorf("taking over the listener: %w", err)
		}
		go forward(ctx, listener, n.Forward)
	}
	events.tell(Event{State: Up})
	// It returns when ctx ends; with this process, the first of its namespace, every component ends too.
	supervise(ctx, n, newReaper(ctx), events)
	return nil
}

// identify must run while /proc is still the machine's.
func identify(home string) error {
	self, err := process.Self()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(self)
	if err != nil {
		return fmt.Errorf("encoding own identity: %w", err)
	}
	if err := os.WriteFile(filepath.Join(home, IdentityFile), raw, 0o600); err != nil {
		return fmt.Errorf("writing own identity: %w", err)
	}
	return nil
}

// prepare makes the node out of the namespaces the init was born in. The cgroup comes first: afterwards /sys is another.
func prepare(n Node, home, bin string) error {
	if err := enterCgroup(n.Cgroup); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(n.Name)); err != nil {
		return fmt.Errorf("setting host name: %w", err)
	}
	if err := setUpMounts(n, home, bin); err != nil {
		return err
	}
	return setUpNetwork(n)
}
