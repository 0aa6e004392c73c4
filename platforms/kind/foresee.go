package kind

import (
	"cmp"

	"sigs.k8s.io/kind/pkg/apis/config/defaults"
	"sigs.k8s.io/yaml"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

var _ platforms.Foreseer = (*Platform)(nil)

// Foresee shows what kind's library is given. An image of one's own is taken for one without a network plugin, as the
// built one is.
func (p *Platform) Foresee(spec platforms.Spec) ([]platforms.Action, error) {
	image := nodeImage{NodeImage: p.foreseen()}
	image.hasCNI = image.Ref == ""
	given, err := yaml.Marshal(config(spec, image, p.owner(spec.Name)))
	if err != nil {
		return nil, err
	}
	actions := []platforms.Action{{
		Do: "have kind's library make the containers, of node image " + cmp.Or(image.Ref, defaults.Image), Content: string(given),
	}}
	if !image.hasCNI && !spec.DisableCNI {
		actions = append(actions, platforms.Action{Do: "connect the nodes' pods by ptp and routes, since this node image has no network plugin"})
	}
	return append(actions,
		platforms.Action{Do: "write the kubeconfig", File: p.state.Kubeconfig(spec.Name)},
		platforms.Action{Do: "have kind's library load images into every node: " + platforms.Archives},
	), nil
}
