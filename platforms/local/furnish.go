//go:build linux

package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/e2e-framework/klient/decoder"
	"sigs.k8s.io/e2e-framework/klient/k8s/resources"

	"github.com/ambient-conformance/ambient-conformance/platforms/nodes"
)

// furnish creates the objects a cluster begins with.
func (b bringUp) furnish(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(b.config)
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	for i := range b.spec.Nodes {
		if err := ensureNode(ctx, client, nodeName(b.spec.Name, i), nodePods(i).String()); err != nil {
			return err
		}
	}
	s, err := newSettings(b.spec, 0, "", b.images)
	if err != nil {
		return err
	}
	manifest, err := s.render("coredns.yaml")
	if err != nil {
		return err
	}
	// Made as the administrator and never reconciled: a check that wants another resolver may replace it.
	objects, err := resources.New(b.config)
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	if err := decoder.DecodeEach(ctx, bytes.NewReader(manifest), decoder.CreateHandler(objects)); err != nil {
		return fmt.Errorf("creating CoreDNS: %w", err)
	}
	return b.furnishLayout(ctx)
}

// ensureNode gives the node the pod addresses its CNI configuration has. Whether the kubelet has registered it before
// is a race without a loser: it adopts a node that exists.
func ensureNode(ctx context.Context, client kubernetes.Interface, name, pods string) error {
	spec := corev1.NodeSpec{PodCIDR: pods, PodCIDRs: []string{pods}}
	_, err := client.CoreV1().Nodes().Create(ctx,
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		var patch []byte
		if patch, err = json.Marshal(map[string]any{"spec": spec}); err == nil {
			_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
		}
	}
	if err != nil {
		return fmt.Errorf("registering node %s: %w", name, err)
	}
	return nil
}

// awaitNodes returns when every node is Ready, or without a CNI, when every kubelet reports.
func (b bringUp) awaitNodes(ctx context.Context) error {
	_, err := nodes.Await(ctx, b.config, nodeNames(b.spec), func(n *corev1.Node) string { return lacks(n, !b.spec.DisableCNI) })
	return err
}

// lacks says why a node is not what Create promises, "" when it is.
func lacks(n *corev1.Node, ready bool) string {
	for _, c := range n.Status.Conditions {
		// Without a heartbeat it is the node controller that speaks, not the kubelet.
		if c.Type == corev1.NodeReady && c.LastHeartbeatTime.IsZero() {
			continue
		}
		if c.Type == corev1.NodeReady && (c.Status == corev1.ConditionTrue || !ready) {
			return ""
		}
		if c.Type == corev1.NodeReady {
			return c.Message
		}
	}
	return "no status yet"
}
