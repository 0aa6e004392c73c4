//go:build linux

package local

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

var _ platforms.Foreseer = (*Platform)(nil)

// Foresee lists the files of every node and the programs that run on it. Its cgroup has a random end, and images have the
// names in their archives: both are shown as such.
func (p *Platform) Foresee(spec platforms.Spec) ([]platforms.Action, error) {
	spec, err := complete(spec)
	if err != nil {
		return nil, err
	}
	cgroup := cgroupPrefix + spec.Name + "-RANDOM"
	plan, err := newPlan(spec, "", cgroup)
	if err != nil {
		return nil, err
	}
	var actions []platforms.Action
	for i, n := range plan.Nodes {
		s, err := newSettings(spec, i, cgroup, wellKnown{pause: "PAUSE-IMAGE", coreDNS: "COREDNS-IMAGE"})
		if err != nil {
			return nil, err
		}
		files, err := s.configs(spec)
		if err != nil {
			return nil, err
		}
		dir := node.Dir(p.dir(spec.Name), n.Name)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			actions = append(actions, platforms.Action{
				Do: "configure node " + n.Name, File: filepath.Join(dir, name), Content: string(files[name]),
			})
		}
		actions = append(actions, programs(n)...)
	}
	return append(actions, platforms.Action{Do: "load images into every node while it starts: " + platforms.Archives}), nil
}

// programs are what runs on a node.
func programs(n node.Node) []platforms.Action {
	actions := []platforms.Action{{Do: fmt.Sprintf("start node %s (%s) in namespaces of its own", n.Name, n.Address.Addr())}}
	for _, c := range n.Components {
		if len(c.Argv) > 0 {
			actions = append(actions, platforms.Action{Do: "run " + c.Name + " on " + n.Name, Command: c.Argv})
		}
	}
	return actions
}
