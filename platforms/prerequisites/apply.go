package prerequisites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
)

// What was there before is kept in this ConfigMap, a key per prerequisite, so that another process can take changes back.
const (
	recordNamespace = "kube-system"
	recordName      = "ambient-conformance-prerequisites"
)

// Apply brings about every prerequisite that is missing and can be, and waits until it is in force. What was there is
// recorded in the cluster before anything is changed. say receives progress, in words.
func Apply(ctx context.Context, c *Cluster, say func(string, ...any)) error {
	var errs []error
	for _, p := range Of(c.platform) {
		if f := p.find(ctx, c); f.Standing != Missing || p.change == nil {
			continue
		}
		say("applying %s", p.Name)
		if err := p.apply(ctx, c); err != nil {
			errs = append(errs, fmt.Errorf("applying %s: %w", p.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (p Prerequisite) apply(ctx context.Context, c *Cluster) error {
	change := p.change(c)
	before, err := change.before(ctx, c)
	if err != nil {
		return err
	}
	if err := c.remember(ctx, p.Name, before); err != nil {
		return fmt.Errorf("recording what was there: %w", err)
	}
	if err := change.do(ctx, c); err != nil {
		return err
	}
	return change.await(ctx, c)
}

// Revert takes back everything that Apply changed in this cluster, and returns the names. What somebody else has changed
// since is left as it is, and is an error.
func Revert(ctx context.Context, c *Cluster, say func(string, ...any)) ([]string, error) {
	record, err := c.client.CoreV1().ConfigMaps(recordNamespace).Get(ctx, recordName, metav1.GetOptions{})
	if err != nil {
		return nil, unlessGone(err)
	}
	var errs []error
	var done []string
	for _, name := range slices.Sorted(maps.Keys(record.Data)) {
		say("reverting %s", name)
		if err := c.revert(ctx, name, json.RawMessage(record.Data[name])); err != nil {
			errs = append(errs, fmt.Errorf("reverting %s: %w", name, err))
			continue
		}
		done = append(done, name)
	}
	return done, errors.Join(errs...)
}

func (c *Cluster) revert(ctx context.Context, name string, before json.RawMessage) error {
	at := slices.IndexFunc(table(), func(p Prerequisite) bool { return p.Name == name && p.change != nil })
	if at < 0 {
		return errors.New("this version of the tool does not know it: use the one that applied it")
	}
	change := table()[at].change(c)
	if err := change.undo(ctx, c, before); unlessGone(err) != nil {
		return err
	}
	if err := unlessGone(change.await(ctx, c)); err != nil {
		return err
	}
	return c.forget(ctx, name)
}

// remember writes what was there. An older record wins: it is of the state nobody had touched.
func (c *Cluster) remember(ctx context.Context, name string, before json.RawMessage) error {
	maps := c.client.CoreV1().ConfigMaps(recordNamespace)
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		record, err := maps.Get(ctx, recordName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			record = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: recordName, Labels: ours()}, Data: map[string]string{name: string(before)}}
			_, err = maps.Create(ctx, record, metav1.CreateOptions{FieldManager: manager})
			return err
		}
		if err != nil || record.Data[name] != "" {
			return err
		}
		if record.Data == nil {
			record.Data = map[string]string{}
		}
		record.Data[name] = string(before)
		_, err = maps.Update(ctx, record, metav1.UpdateOptions{FieldManager: manager})
		return err
	})
}

// forget removes a key, and the record with its last one.
func (c *Cluster) forget(ctx context.Context, name string) error {
	maps := c.client.CoreV1().ConfigMaps(recordNamespace)
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		record, err := maps.Get(ctx, recordName, metav1.GetOptions{})
		if err != nil {
			return unlessGone(err)
		}
		if delete(record.Data, name); len(record.Data) == 0 {
			return unlessGone(maps.Delete(ctx, recordName, metav1.DeleteOptions{}))
		}
		_, err = maps.Update(ctx, record, metav1.UpdateOptions{FieldManager: manager})
		return err
	})
}
