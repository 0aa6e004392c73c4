package k3s

import (
	"path/filepath"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// configFile is the configuration's name in a cluster's directory.
const configFile = "config.yaml"

// serverArgs start k3s, importArgs give its containerd an image.
func serverArgs(dir string) []string {
	return []string{"server", "--config", filepath.Join(dir, configFile)}
}

func importArgs(archive string) []string {
	return []string{"ctr", "--namespace", "k8s.io", "images", "import", archive}
}

// foresee lists the files and programs of a cluster whose directory is in state.
func foresee(state tools.State, spec platforms.Spec) ([]platforms.Action, error) {
	config, err := configure(&spec, state.Kubeconfig(spec.Name))
	if err != nil {
		return nil, err
	}
	dir := state.Of(spec.Name)
	return []platforms.Action{
		{Do: "configure k3s", File: filepath.Join(dir, configFile), Content: string(config)},
		{Do: "start k3s in PID and mount namespaces of its own, where its directories are the cluster's", Command: append([]string{"k3s"}, serverArgs(dir)...)},
		{Do: "load images within these namespaces, one archive after the other", Command: append([]string{"k3s"}, importArgs(platforms.Archives)...)},
	}, nil
}
