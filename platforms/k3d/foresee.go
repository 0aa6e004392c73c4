package k3d

import "github.com/ambient-conformance/ambient-conformance/platforms"

// Arguments of k3d, by what they are for.
func createArgs() []string                { return []string{"cluster", "create", "--config", "-"} }
func kubeconfigArgs(name string) []string { return []string{"kubeconfig", "get", name} }

func importArgs(name string, archives ...string) []string {
	// Without the helper image that k3d's default way has to pull.
	return append([]string{"image", "import", "--cluster", name, "--mode", "direct"}, archives...)
}

var _ platforms.Foreseer = (*Platform)(nil)

// Foresee lists the calls of k3d.
func (p *Platform) Foresee(spec platforms.Spec) ([]platforms.Action, error) {
	config, err := configure(&spec)
	if err != nil {
		return nil, err
	}
	call := func(args []string) []string { return append([]string{"k3d"}, args...) }
	return []platforms.Action{
		{Do: "make the containers", Command: call(createArgs()), Input: string(config)},
		{Do: "read the kubeconfig", Command: call(kubeconfigArgs(spec.Name)), File: p.State.Kubeconfig(spec.Name)},
		{Do: "load images into every node", Command: call(importArgs(spec.Name, platforms.Archives))},
	}, nil
}
