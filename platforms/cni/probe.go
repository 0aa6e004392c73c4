package cni

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/ambient-conformance/ambient-conformance/platforms/helm"
)

// probeOften lets the kubelet see within a second that an agent has started, instead of after five and then thirty. What
// is asked stays the same.
func probeOften(o runtime.Object) error {
	return helm.EachContainer(o, func(container map[string]any) {
		for _, kind := range []string{"startupProbe", "readinessProbe"} {
			probe, ok := container[kind].(map[string]any)
			if !ok {
				continue
			}
			// A startup probe that asks more often must be allowed to fail more often.
			if kind == "startupProbe" {
				probe["failureThreshold"] = int64(300)
			}
			probe["periodSeconds"], probe["initialDelaySeconds"] = int64(1), int64(0)
		}
	})
}
