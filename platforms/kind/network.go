package kind

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
	"sigs.k8s.io/kind/pkg/exec"
)

const conflist = "/etc/cni/net.d/10-pods.conflist"

// connectPods does what kind's own network plugin does, for node images that have none: a plugin configuration per node,
// a route to the pods of every other node, and the node's address for what leaves the cluster.
func (p *Platform) connectPods(ctx context.Context, name string, registered []*corev1.Node) error {
	containers, err := p.provider.ListInternalNodes(name)
	if err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	for _, container := range containers {
		for _, n := range registered {
			if err := connectNode(ctx, container, n); err != nil {
				return fmt.Errorf("connecting the pods of %s: %w", container, err)
			}
		}
	}
	return nil
}

// connectNode tells one node about itself or about another.
func connectNode(ctx context.Context, container nodes.Node, n *corev1.Node) error {
	if container.String() != n.Name {
		return run(ctx, container, "ip", "route", "replace", n.Spec.PodCIDR, "via", address(n))
	}
	if err := run(ctx, container, "iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-s", n.Spec.PodCIDR, "!", "-d", podNet,
		"-m", "addrtype", "!", "--dst-type", "LOCAL", "-j", "MASQUERADE"); err != nil {
		return err
	}
	content, err := podsConflist(n.Spec.PodCIDR)
	if err != nil {
		return err
	}
	return nodeutils.WriteFile(container, conflist, content)
}

// podsConflist is the plugin configuration of a node whose pods have these addresses.
func podsConflist(pods string) (string, error) {
	type object = map[string]any
	content, err := json.Marshal(object{
		"cniVersion": "1.0.0",
		"name":       "pods",
		"plugins": []object{
			{
				"type": "ptp",
				"ipam": object{
					"type":   "host-local",
					"ranges": [][]object{{{"subnet": pods}}},
					"routes": []object{{"dst": "0.0.0.0/0"}},
				},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("encoding the plugin configuration: %w", err)
	}
	return string(content), nil
}

func run(ctx context.Context, container nodes.Node, program string, args ...string) error {
	lines, err := exec.CombinedOutputLines(container.CommandContext(ctx, program, args...))
	if err != nil {
		return fmt.Errorf("running %s: %w: %q", program, err, lines)
	}
	return nil
}
