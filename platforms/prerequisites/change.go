package prerequisites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
)

// OwnerLabel marks what this package created; what exists without it is never deleted.
const OwnerLabel = "conformance.ambient/prerequisite"

func ours() map[string]string { return map[string]string{OwnerLabel: "true"} }

// manager is who the API server says made a change.
const manager = "ambient-conformance"

// change brings one prerequisite about, and takes it back.
type change interface {
	// before reads what there is now, as JSON that undo understands.
	before(ctx context.Context, c *Cluster) (json.RawMessage, error)
	do(ctx context.Context, c *Cluster) error
	// undo puts back what before read, unless somebody else has changed it since: then it is left, and that is an error.
	undo(ctx context.Context, c *Cluster, before json.RawMessage) error
	// await returns when the change is in force.
	await(ctx context.Context, c *Cluster) error
}

var errChanged = errors.New("it was changed by somebody else since, and is left as it is")

// environment is a variable of a DaemonSet's container.
type environment struct{ namespace, daemonSet, container, name, value string }

func (e environment) before(ctx context.Context, c *Cluster) (json.RawMessage, error) {
	set, err := c.client.AppsV1().DaemonSets(e.namespace).Get(ctx, e.daemonSet, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	old := variable(set.Spec.Template.Spec.Containers, e.container, e.name)
	if old.elsewhere {
		return nil, fmt.Errorf("%s comes from elsewhere: change it there", e.name)
	}
	if !old.set {
		return json.RawMessage("null"), nil
	}
	return json.Marshal(old.value)
}

func (e environment) do(ctx context.Context, c *Cluster) error {
	return e.write(ctx, c, func([]corev1.EnvVar) error { return nil }, &e.value)
}

func (e environment) undo(ctx context.Context, c *Cluster, before json.RawMessage) error {
	var old *string
	if err := json.Unmarshal(before, &old); err != nil {
		return err
	}
	return e.write(ctx, c, func(env []corev1.EnvVar) error {
		now := variable([]corev1.Container{{Name: e.container, Env: env}}, e.container, e.name)
		if unchanged := old == nil && !now.set || old != nil && now.set && now.value == *old; !unchanged && now.value != e.value {
			return errChanged
		}
		return nil
	}, old)
}

// write sets the variable, or removes it when value is nil.
func (e environment) write(ctx context.Context, c *Cluster, allowed func([]corev1.EnvVar) error, value *string) error {
	sets := c.client.AppsV1().DaemonSets(e.namespace)
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		set, err := sets.Get(ctx, e.daemonSet, metav1.GetOptions{})
		if err != nil {
			return err
		}
		containers := set.Spec.Template.Spec.Containers
		at := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == e.container })
		if at < 0 {
			return fmt.Errorf("DaemonSet %s/%s has no container %s", e.namespace, e.daemonSet, e.container)
		}
		if err := allowed(containers[at].Env); err != nil {
			return err
		}
		env := slices.DeleteFunc(containers[at].Env, func(v corev1.EnvVar) bool { return v.Name == e.name })
		if value != nil {
			env = append(env, corev1.EnvVar{Name: e.name, Value: *value})
		}
		containers[at].Env = env
		_, err = sets.Update(ctx, set, metav1.UpdateOptions{FieldManager: manager})
		return err
	})
}

func (e environment) await(ctx context.Context, c *Cluster) error {
	return poll(ctx, func(ctx context.Context) (string, error) {
		set, err := c.client.AppsV1().DaemonSets(e.namespace).Get(ctx, e.daemonSet, metav1.GetOptions{})
		if err != nil || rolledOut(set) {
			return "", err
		}
		return rollout(set), nil
	})
}

// binding is a ClusterRoleBinding.
type binding struct{ object *rbacv1.ClusterRoleBinding }

func (b binding) before(context.Context, *Cluster) (json.RawMessage, error) {
	return json.RawMessage("null"), nil
}

func (b binding) do(ctx context.Context, c *Cluster) error {
	_, err := c.client.RbacV1().ClusterRoleBindings().Create(ctx, b.object, metav1.CreateOptions{FieldManager: manager})
	return err
}

func (b binding) undo(ctx context.Context, c *Cluster, _ json.RawMessage) error {
	bindings := c.client.RbacV1().ClusterRoleBindings()
	found, err := bindings.Get(ctx, b.object.Name, metav1.GetOptions{})
	if err != nil || found.Labels[OwnerLabel] == "" {
		return unlessGone(err)
	}
	return unlessGone(bindings.Delete(ctx, found.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(found.UID))}))
}

func (b binding) await(context.Context, *Cluster) error { return nil } // in force at once

// field is one field of a cluster-wide object.
type field struct {
	resource schema.GroupVersionResource
	name     string
	path     []string
	value    any
	settled  func(ctx context.Context, c *Cluster, since time.Time) (string, error)
}

func (f field) before(ctx context.Context, c *Cluster) (json.RawMessage, error) {
	object, err := c.dynamic.Resource(f.resource).Get(ctx, f.name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	old, _, err := unstructured.NestedFieldNoCopy(object.Object, f.path...)
	if err != nil {
		return nil, err
	}
	return json.Marshal(old) // null where it is absent
}

func (f field) do(ctx context.Context, c *Cluster) error {
	return f.write(ctx, c, func(any, bool) error { return nil }, f.value)
}

func (f field) undo(ctx context.Context, c *Cluster, before json.RawMessage) error {
	var old any
	if err := json.Unmarshal(before, &old); err != nil {
		return err
	}
	return f.write(ctx, c, func(now any, set bool) error {
		if unchanged := set && now == old || !set && old == nil; !unchanged && now != f.value {
			return errChanged
		}
		return nil
	}, old)
}

// write sets the field, or removes it when value is nil.
func (f field) write(ctx context.Context, c *Cluster, allowed func(now any, set bool) error, value any) error {
	client := c.dynamic.Resource(f.resource)
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		object, err := client.Get(ctx, f.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		now, set, err := unstructured.NestedFieldNoCopy(object.Object, f.path...)
		if err != nil {
			return err
		}
		if err := allowed(now, set); err != nil {
			return err
		}
		if value == nil {
			unstructured.RemoveNestedField(object.Object, f.path...)
		} else if err := unstructured.SetNestedField(object.Object, value, f.path...); err != nil {
			return err
		}
		_, err = client.Update(ctx, object, metav1.UpdateOptions{FieldManager: manager})
		return err
	})
}

func (f field) await(ctx context.Context, c *Cluster) error {
	since := time.Now()
	return poll(ctx, func(ctx context.Context) (string, error) { return f.settled(ctx, c, since) })
}

// networkOperator says what the network operator has still to do with a change made just before since. The change is
// rolled out when it has stopped progressing after that; times of conditions are whole seconds.
func networkOperator(ctx context.Context, c *Cluster, since time.Time) (string, error) {
	operator, err := c.dynamic.Resource(operators).Get(ctx, "network", metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("reading clusteroperator network: %w", err)
	}
	status, at := progressing(operator)
	if status == "False" && !at.Before(since.Truncate(time.Second)) {
		return "", nil
	}
	return fmt.Sprintf("condition Progressing of the network operator is %q since %s", status, at.UTC().Format(time.TimeOnly)), nil
}

// progressing is condition Progressing of a cluster operator, and since when it is so.
func progressing(operator *unstructured.Unstructured) (status string, since time.Time) {
	conditions, _, _ := unstructured.NestedSlice(operator.Object, "status", "conditions")
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok && c["type"] == "Progressing" {
			status, _ = c["status"].(string)
			text, _ := c["lastTransitionTime"].(string)
			since, _ = time.Parse(time.RFC3339, text)
		}
	}
	return status, since
}

func unlessGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// poll asks until nothing is left to do; its error says what was.
func poll(ctx context.Context, left func(context.Context) (string, error)) error {
	var last string
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		var err error
		last, err = left(ctx)
		return last == "" && err == nil, err
	})
	if err != nil && last != "" {
		return fmt.Errorf("%w; last seen: %s", err, last)
	}
	return err
}
