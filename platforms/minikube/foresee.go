package minikube

import "github.com/ambient-conformance/ambient-conformance/platforms"

var _ platforms.Foreseer = (*Platform)(nil)

// Foresee lists the calls of minikube.
func (p *Platform) Foresee(spec platforms.Spec) ([]platforms.Action, error) {
	start, err := p.arguments(&spec)
	if err != nil {
		return nil, err
	}
	call := func(do string, args ...string) platforms.Action {
		args, env := p.inProfile(spec.Name, args)
		return platforms.Action{Do: do, Command: append([]string{"minikube"}, args...), Env: env}
	}
	return []platforms.Action{
		call("start the profile", start...),
		call("load images into every node, one archive after the other", "image", "load", platforms.Archives),
	}, nil
}

// inProfile adds to arguments what makes them about a cluster of ours, and to the environment its own kubeconfig.
func (p *Platform) inProfile(cluster string, args []string) (all, env []string) {
	env = []string{"MINIKUBE_IN_STYLE=false", "MINIKUBE_WANTUPDATENOTIFICATION=false"}
	if cluster == "" {
		return args, env
	}
	return append(args, "--profile", cluster), append(env, "KUBECONFIG="+p.State.Kubeconfig(cluster))
}
