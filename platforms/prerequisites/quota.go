package prerequisites

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// quotaName is what GKE's documentation calls the quota for critical pods.
const quotaName = "gcp-critical-pods"

// quota is a quota for critical pods in each of some namespaces. A namespace that does not exist is made.
type quota struct{ namespaces []string }

// before keeps the namespaces: who takes the quotas back need not know where they were wanted.
func (q quota) before(context.Context, *Cluster) (json.RawMessage, error) {
	return json.Marshal(q.namespaces)
}

func (q quota) do(ctx context.Context, c *Cluster) error {
	for _, namespace := range q.namespaces {
		verdict, err := c.judgeQuotaOf(ctx, namespace)
		if err == nil && verdict.Standing == Missing {
			err = c.grantQuota(ctx, namespace)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// grantQuota makes the quota. One that is too small already stays too small: of several, each must leave room.
func (c *Cluster) grantQuota(ctx context.Context, namespace string) error {
	found, need, err := c.quotasOf(ctx, namespace)
	if err != nil {
		return err
	}
	if short := found.short(need); short != "" {
		return fmt.Errorf("%s: it is somebody else's, raise it there", short)
	}
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{OwnerLabel: "true", "pod-security.kubernetes.io/enforce": "privileged"},
	}}
	_, err = c.client.CoreV1().Namespaces().Create(ctx, made, metav1.CreateOptions{FieldManager: manager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating namespace %s: %w", namespace, err)
	}
	_, err = c.client.CoreV1().ResourceQuotas(namespace).Create(ctx, criticalPods(namespace), metav1.CreateOptions{FieldManager: manager})
	if apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("quota %s/%s exists and is for something else: it is somebody else's, change it there", namespace, quotaName)
	}
	return err
}

// undo deletes the quotas, and each namespace if it was made for it and nothing else has moved in.
func (q quota) undo(ctx context.Context, c *Cluster, before json.RawMessage) error {
	if err := json.Unmarshal(before, &q.namespaces); err != nil {
		return err
	}
	for _, namespace := range q.namespaces {
		if err := c.withdrawQuota(ctx, namespace); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) withdrawQuota(ctx context.Context, name string) error {
	quotas := c.client.CoreV1().ResourceQuotas(name)
	found, err := quotas.Get(ctx, quotaName, metav1.GetOptions{})
	if err == nil && found.Labels[OwnerLabel] != "" {
		err = quotas.Delete(ctx, found.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(found.UID))})
	}
	if unlessGone(err) != nil {
		return err
	}
	namespace, err := c.client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err != nil || namespace.Labels[OwnerLabel] == "" {
		return unlessGone(err)
	}
	pods, err := c.client.CoreV1().Pods(name).List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil || len(pods.Items) > 0 {
		return err // in use: it stays
	}
	return unlessGone(c.client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{}))
}

// await: a quota admits nothing until its controller has counted what is there.
func (q quota) await(ctx context.Context, c *Cluster) error {
	return poll(ctx, func(ctx context.Context) (string, error) {
		for _, namespace := range q.namespaces {
			found, err := c.client.CoreV1().ResourceQuotas(namespace).Get(ctx, quotaName, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				continue // taken back, or never needed
			}
			if err != nil {
				return "", err
			}
			if _, counted := found.Status.Hard[corev1.ResourcePods]; !counted {
				return fmt.Sprintf("quota %s/%s has not been counted yet", namespace, quotaName), nil
			}
		}
		return "", nil
	})
}
