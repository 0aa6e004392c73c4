package helm

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// EachContainer lets change have each container of a workload's pod template, its init containers left out. Objects without
// a template stay as they are.
func EachContainer(o runtime.Object, change func(container map[string]any)) error {
	u, ok := o.(*unstructured.Unstructured)
	if !ok {
		return nil
	}
	path := []string{"spec", "template", "spec", "containers"}
	containers, found, err := unstructured.NestedSlice(u.Object, path...)
	if err != nil || !found {
		return err
	}
	for _, c := range containers {
		if container, ok := c.(map[string]any); ok {
			change(container)
		}
	}
	return unstructured.SetNestedSlice(u.Object, containers, path...)
}
