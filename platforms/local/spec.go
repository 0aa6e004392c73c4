//go:build linux

package local

import (
	"fmt"
	"regexp"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

const (
	defaultNodes = 2 // so that traffic between nodes is real
	maxNodes     = 5
	maxName      = 32
)

// complete fills in the defaults of a spec and says what is wrong with it.
func complete(spec platforms.Spec) (platforms.Spec, error) {
	if spec.Nodes == 0 {
		spec.Nodes = defaultNodes
	}
	if spec.Nodes < 1 || spec.Nodes > maxNodes {
		return spec, fmt.Errorf("%d nodes: the local platform makes 1 to %d", spec.Nodes, maxNodes)
	}
	if _, err := layoutOf(spec.Layout); err != nil {
		return spec, err
	}
	return spec, checkName(spec.Name)
}

func checkName(name string) error {
	label := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	if len(name) > maxName || !label.MatchString(name) {
		return fmt.Errorf("cluster name %q: want at most %d lower-case letters, digits and inner hyphens", name, maxName)
	}
	return nil
}
