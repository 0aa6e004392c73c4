package cni

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
)

// split takes a dotted path apart.
func split(path string) []string { return strings.Split(path, ".") }

// probeOften lets the kubelet see within a second that an agent has started, instead of after five and then thirty. What
// is asked stays the same.
func probeOften(o runtime.Object) error {
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
		container, _ := c.(map[string]any)
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
	}
	return unstructured.SetNestedSlice(u.Object, containers, path...)
}

// poll asks until nothing is late; its error says what was.
func poll(ctx context.Context, late func(context.Context) (string, error)) error {
	var last string
	var failed error
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		now, err := late(ctx)
		if err == nil || ctx.Err() == nil {
			last, failed = now, err
		}
		return err == nil && now == "", nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%w; last seen: %s", context.Cause(ctx), last), failed)
	}
	return nil
}
