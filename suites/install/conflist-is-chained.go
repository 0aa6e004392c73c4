package install

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// ConflistIsChained reads on every node the configuration that its runtime takes: of those in its directory, the first
// by name.
var ConflistIsChained = suites.Check{
	Name:    "ConflistIsChained",
	Summary: "On every node the CNI configuration that the runtime takes ends with istio-cni, behind the primary CNI's plugins",
	Spec:    "https://istio.io/latest/docs/setup/additional-setup/cni/",
	Claims:  []string{"app.enrol-namespace"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		for _, node := range m.Nodes() {
			conflists, err := node.Conflists(ctx)
			m.Observed(err)
			plugins, err := pluginsInForce(conflists.Files)
			m.Expect(err).NotTo(HaveOccurred(), "node %s", node.Name)
			m.Show("plugins of "+node.Name, "%v", plugins)
			m.Expect(len(plugins)).To(BeNumerically(">", 1), "node %s: plugins %v", node.Name, plugins)
			m.Expect(plugins[len(plugins)-1]).To(Equal("istio-cni"), "node %s: plugins %v", node.Name, plugins)
		}
	},
	Breaks: []suites.Break{
		{Name: "istio-cni-decommissioned", Alone: true, Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Afterwards(m.KeepAway(ctx, fixtures.NodeCNI, m.NodeNames[1%len(m.NodeNames)]))
		}},
	},
}

// pluginsInForce are the types of the plugins in the configuration that a runtime chooses as libcni does.
func pluginsInForce(files map[string]string) ([]string, error) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains([]string{".conf", ".conflist", ".json"}, path.Ext(name)) {
			continue
		}
		var list struct {
			Type    string `json:"type"` // of a configuration without a list
			Plugins []struct {
				Type string `json:"type"`
			} `json:"plugins"`
		}
		if err := json.Unmarshal([]byte(files[name]), &list); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if len(list.Plugins) == 0 {
			return []string{list.Type}, nil
		}
		var types []string
		for _, plugin := range list.Plugins {
			types = append(types, plugin.Type)
		}
		return types, nil
	}
	return nil, fmt.Errorf("no CNI configuration among %v", slices.Sorted(maps.Keys(files)))
}
