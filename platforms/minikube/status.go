package minikube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

func parseProfiles(out []byte) ([]string, error) {
	type profile struct{ Name string }
	var list struct {
		Valid, Invalid []profile
		Error          json.RawMessage
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("parsing the list of profiles %q: %w", tools.Last(string(out)), err)
	}
	if len(list.Error) > 0 && string(list.Error) != "null" {
		return nil, fmt.Errorf("listing profiles: minikube reports %s", list.Error)
	}
	var names []string
	for _, profile := range append(list.Valid, list.Invalid...) {
		if profile.Name == "" {
			return nil, fmt.Errorf("parsing the list of profiles: one has no name")
		}
		names = append(names, profile.Name)
	}
	return names, nil
}

// nodeStatus is what minikube says of a node. A worker has no API server: its state is Irrelevant.
type nodeStatus struct {
	Name, Host, Kubelet, APIServer, Kubeconfig string
	Worker                                     bool
}

func (n nodeStatus) String() string {
	return fmt.Sprintf("%s: host %s, kubelet %s, API server %s", n.Name, n.Host, n.Kubelet, n.APIServer)
}

// status asks for the nodes. The exit status encodes their state in bits: one other than 0 is no failure where there is
// an answer.
func (p *Platform) status(ctx context.Context, cluster string) ([]nodeStatus, error) {
	out, err := p.minikube(ctx, cluster, "status", "--output", "json")
	nodes, unread := parseStatus(out)
	if unread == nil {
		return nodes, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, unread
}

// states is an error that says how the nodes are, to go with one about a cluster that did not come up.
func (p *Platform) states(ctx context.Context, cluster string) error {
	nodes, err := p.status(ctx, cluster)
	if err != nil {
		return err
	}
	var all []string
	for _, node := range nodes {
		all = append(all, node.String())
	}
	return errors.New("minikube status: " + strings.Join(all, "; "))
}

// parseStatus reads one object for a single node, and a list of them for several.
func parseStatus(out []byte) ([]nodeStatus, error) {
	var nodes []nodeStatus
	if err := json.Unmarshal(out, &nodes); err != nil {
		var only nodeStatus
		if err := json.Unmarshal(out, &only); err != nil {
			return nil, fmt.Errorf("parsing the status %q: %w", tools.Last(string(out)), err)
		}
		nodes = []nodeStatus{only}
	}
	for _, node := range nodes {
		if !nodeName.MatchString(node.Name) {
			return nil, fmt.Errorf("parsing the status: %q is no node's name", node.Name)
		}
	}
	if len(nodes) == 0 {
		return nil, errors.New("parsing the status: no nodes")
	}
	return nodes, nil
}

// nodeName is a profile's name, with a suffix after the first node. It becomes a file's name.
var nodeName = regexp.MustCompile(`^[a-z0-9][-a-z0-9]*$`)
