//go:build linux

// Package node is what runs inside the namespaces of a local cluster: one cluster init that holds the network between
// the nodes, and below it one init per node that prepares the node's view of the machine and keeps its components
// running. What they do is written down beforehand as data, the Plan; they decide nothing themselves.
package node

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// PlanFile is where a cluster's directory holds its Plan.
const PlanFile = "plan.json"

// Home is where a node sees its own directory, so that nothing inside refers to paths of the machine.
const Home = "/run/ambient-node"

// Plan is a cluster as its init has to make it.
type Plan struct {
	Cluster string       `json:"cluster"`
	Cgroup  string       `json:"cgroup"` // path below every hierarchy's root
	Bridge  netip.Prefix `json:"bridge"` // address of the bridge: the nodes' gateway
	Bin     string       `json:"bin"`    // directory of the components' binaries, on the machine
	Nodes   []Node       `json:"nodes"`
}

// Node is one node of the plan.
type Node struct {
	Name    string       `json:"name"`
	Address netip.Prefix `json:"address"`
	Gateway netip.Addr   `json:"gateway"`
	Routes  []Route      `json:"routes"`
	Cgroup  string       `json:"cgroup"` // of the node's own components; pods get siblings of it

	// Overlays are directories of the machine that the node may write to without the machine noticing.
	Overlays []string `json:"overlays"`
	Binds    []Bind   `json:"binds"`
	// Links are directories below /run that stand elsewhere: the path to where it leads.
	Links map[string]string `json:"links,omitempty"`
	// Files are written into the node's view, over overlays: absolute path to content.
	Files map[string]string `json:"files"`
	// Sysctls are set in the node's network namespace: path below /proc/sys to value.
	Sysctls map[string]string `json:"sysctls"`
	// Shadows are settings of the whole machine that a component insists on writing: the node sees a file of its own
	// with this value instead, and the machine keeps what it has.
	Shadows map[string]string `json:"shadows"`

	// CgroupRoot is where the version 2 cgroup of everything that runs on the node, NodeCgroup, is shown to what attaches
	// programs to cgroups, and must not reach the machine's own. Both are empty where nothing does.
	CgroupRoot string `json:"cgroupRoot,omitempty"`
	NodeCgroup string `json:"nodeCgroup,omitempty"`

	Components []Component `json:"components"`
	// Forward is where connections to the inherited listener lead, an address in this node; empty on all but one.
	Forward string `json:"forward,omitempty"`
}

// Route sends the pods of another node to it.
type Route struct {
	To  netip.Prefix `json:"to"`
	Via netip.Addr   `json:"via"`
}

// Bind shows a directory of the node's home at a standard path.
type Bind struct {
	Source string `json:"source"` // relative to the node's directory
	Target string `json:"target"`
}

// Component is a long-running program, or with an empty Argv one that another node runs and this one awaits.
type Component struct {
	Name  string   `json:"name"`
	Argv  []string `json:"argv,omitempty"`  // the first is looked up in the plan's Bin
	Env   []string `json:"env,omitempty"`   // beyond Environment
	After []string `json:"after,omitempty"` // components of this node that must be ready before
	Ready Gate     `json:"ready,omitzero"`
}

// Gate tells whether a component is ready. The zero gate opens when the component has been started.
type Gate struct {
	Unix string `json:"unix,omitempty"` // a socket that accepts
	TCP  string `json:"tcp,omitempty"`  // an address that accepts
	URL  string `json:"url,omitempty"`  // answers 200; the server's authority is in CA
	CA   string `json:"ca,omitempty"`
}

// State is what became of a component, or of a node.
type State string

const (
	Up      State = "up"      // the node, or the bridge between the nodes, is prepared
	Started State = "started" // the component runs
	Ready   State = "ready"   // its gate opened
	Exited  State = "exited"  // it ended; Detail says how. It is started again
	Failed  State = "failed"  // the init itself could not go on; Detail is the error
)

// Event is one line of what the inits tell whoever started the cluster.
type Event struct {
	Time      time.Time `json:"time"`
	Node      string    `json:"node,omitempty"` // empty: the cluster init
	Component string    `json:"component,omitempty"`
	State     State     `json:"state"`
	Detail    string    `json:"detail,omitempty"`
}

// Write stores the plan in the cluster's directory.
func (p Plan) Write(dir string) error {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding plan of cluster %s: %w", p.Cluster, err)
	}
	if err := os.WriteFile(filepath.Join(dir, PlanFile), raw, 0o600); err != nil {
		return fmt.Errorf("writing plan of cluster %s: %w", p.Cluster, err)
	}
	return nil
}

// ReadPlan reads back what Write stored.
func ReadPlan(dir string) (Plan, error) {
	raw, err := os.ReadFile(filepath.Join(dir, PlanFile))
	if err != nil {
		return Plan{}, fmt.Errorf("reading the cluster's plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal(raw, &p); err != nil {
		return Plan{}, fmt.Errorf("decoding the cluster's plan: %w", err)
	}
	return p, nil
}

// Dir is the directory of a node inside its cluster's.
func Dir(cluster, node string) string { return filepath.Join(cluster, "nodes", node) }

// Log is the file a component of a node writes to.
func Log(cluster, node, component string) string {
	return filepath.Join(Dir(cluster, node), "log", component+".log")
}
