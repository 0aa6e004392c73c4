package helm

import (
	"context"
	"log/slog"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// Render gives the manifest that a chart makes of values, without a cluster. kubernetes is the version the chart is told;
// empty: Helm's own idea of a recent one.
func Render(ctx context.Context, r Release, c *chart.Chart, values map[string]any, kubernetes string) (string, error) {
	install := action.NewInstall(action.NewConfiguration(action.ConfigurationSetLogger(slog.DiscardHandler)))
	// A client-side dry run replaces the cluster by Helm's memory: nothing is asked and nothing is stored.
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName, install.Namespace = r.Name, r.Namespace
	if kubernetes != "" {
		version, err := common.ParseKubeVersion(kubernetes)
		if err != nil {
			return "", err
		}
		install.KubeVersion = version
	}
	rendered, err := install.RunWithContext(ctx, c, values)
	if err != nil {
		return "", err
	}
	return rendered.(*release.Release).Manifest, nil
}
