package cni

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"github.com/ambient-conformance/ambient-conformance/platforms/helm"
)

// load reads the chart.
func (s Settings) load(ctx context.Context) (*v2.Chart, error) {
	if s.Chart != "" {
		chart, err := loader.Load(s.Chart)
		if err != nil {
			return nil, fmt.Errorf("loading Cilium's chart from %s: %w", s.Chart, err)
		}
		// In a source tree the chart's version is the one under development; what runs says which it is.
		if s.Version != "" {
			chart.Metadata.Version, chart.Metadata.AppVersion = s.Version, s.Version
		}
		return chart, nil
	}
	repository, err := helm.OpenRepository(ctx, ReleasedCharts, s.Version)
	if err != nil {
		return nil, err
	}
	chart, err := repository.Chart(ctx, "cilium")
	if err != nil {
		return nil, fmt.Errorf("loading Cilium's chart from %s: %w", ReleasedCharts, err)
	}
	return chart, nil
}

// given are the values that follow from the settings, over more that only a cluster can tell.
func (s Settings) given(more map[string]any) map[string]any {
	own := merged(more)
	if s.AgentImage != "" {
		own = merged(own, tree("image.override", s.AgentImage))
	}
	if s.OperatorImage != "" {
		own = merged(own, tree("operator.image.override", s.OperatorImage))
	}
	return s.Variant.valuesOf(own, s.Platform, s.Values)
}

// Foresee are the values that Install will give the chart, but for what only the cluster or the chart itself can tell: the
// API server's address where there is no kube-proxy, and the chart's capabilities without those that are withheld.
func (s Settings) Foresee() map[string]any { return s.given(nil) }

// spared are the chart's lists of capabilities without those that are withheld; nil where nothing is.
func spared(defaults map[string]any, withheld []string) map[string]any {
	security, _ := defaults["securityContext"].(map[string]any)
	capabilities, _ := security["capabilities"].(map[string]any)
	left := map[string]any{}
	for container, list := range capabilities {
		asked, _ := list.([]any)
		kept := slices.DeleteFunc(slices.Clone(asked), func(c any) bool { return slices.Contains(withheld, fmt.Sprint(c)) })
		if len(kept) < len(asked) {
			left[container] = kept
		}
	}
	if len(left) == 0 {
		return nil
	}
	return map[string]any{"securityContext": map[string]any{"capabilities": left}}
}

// Check finds out before anything is created whether the chart can be read, and reads every value of the user's.
func Check(ctx context.Context, s Settings) error {
	chart, err := s.load(ctx)
	if err != nil {
		return err
	}
	base := s.Variant.valuesOf(s.Platform)
	path, err := helm.Ignored(ctx, s.Values, func(values map[string]any) (string, error) {
		return helm.Render(ctx, helm.Release{Name: "cilium", Namespace: Namespace}, chart, merged(base, values), "")
	})
	if err != nil {
		return fmt.Errorf("rendering chart cilium: %w", err)
	}
	if path != nil {
		return fmt.Errorf("value %s of chart cilium has no effect: the chart renders the same whatever it is; check its spelling and place",
			strings.Join(path, "."))
	}
	return nil
}
