package cni

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/await"
	"github.com/ambient-conformance/ambient-conformance/platforms/nodes"
)

// await returns when the network carries traffic: first the nodes, then what runs on them.
func (i *Installed) await(ctx context.Context, say func(string, ...any)) error {
	list, err := i.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	var names []string
	for _, node := range list.Items {
		names = append(names, node.Name)
	}
	if err := i.awaitNodes(ctx, names); err != nil {
		return fmt.Errorf("%w\n%s", err, i.pods(context.WithoutCancel(ctx)))
	}
	say("nodes ready with Cilium")
	if err := await.Nothing(ctx, i.late); err != nil {
		return fmt.Errorf("%w\n%s", err, i.pods(context.WithoutCancel(ctx)))
	}
	return nil
}

// awaitNodes returns when all nodes have a network, or sooner when an agent keeps failing and none will come.
func (i *Installed) awaitNodes(ctx context.Context, names []string) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go func() {
		if await.Nothing(ctx, i.mayCome) == nil {
			giveUp(errFailing)
		}
	}()
	_, err := nodes.Await(ctx, i.config, names, lacks)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errFailing) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

var errFailing = errors.New("an agent keeps failing")

// failures are how often a container may fail before nothing good is expected of it: an agent may well start before the
// operator has defined its resources.
const failures = 4

// mayCome says that no container of Cilium has failed too often, and "" when one has.
func (i *Installed) mayCome(ctx context.Context) (string, error) {
	list, err := i.client.CoreV1().Pods(Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=cilium"})
	if err != nil {
		return "", err
	}
	for _, pod := range list.Items {
		for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if status.RestartCount >= failures && status.State.Running == nil {
				return "", nil
			}
		}
	}
	return "no container keeps failing", nil
}

// lacks says why a node's network is not up, "" when it is.
func lacks(n *corev1.Node) string {
	for _, taint := range n.Spec.Taints {
		if taint.Key == "node.cilium.io/agent-not-ready" {
			return "tainted " + taint.Key
		}
	}
	for _, condition := range n.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return condition.Message
		}
	}
	if !slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeNetworkUnavailable && c.Status == corev1.ConditionFalse
	}) {
		return "its agent has not said that the network is up"
	}
	return ""
}

// late says what of Cilium and the cluster's DNS is not rolled out, "" when all is.
func (i *Installed) late(ctx context.Context) (string, error) {
	var late []string
	agents, err := i.client.AppsV1().DaemonSets(Namespace).Get(ctx, "cilium", metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("reading DaemonSet cilium: %w", err)
	}
	if s := agents.Status; s.ObservedGeneration < agents.Generation || s.DesiredNumberScheduled == 0 || s.NumberReady < s.DesiredNumberScheduled {
		late = append(late, fmt.Sprintf("%d of %d agents ready", s.NumberReady, s.DesiredNumberScheduled))
	}
	deployments, err := i.client.AppsV1().Deployments(Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing deployments: %w", err)
	}
	for _, d := range deployments.Items {
		if want := *d.Spec.Replicas; d.Status.AvailableReplicas < want {
			late = append(late, fmt.Sprintf("deployment %s has %d of %d pods available", d.Name, d.Status.AvailableReplicas, want))
		}
	}
	return strings.Join(late, ", "), nil
}

// pods describes those of Cilium that are not ready, for an error.
func (i *Installed) pods(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	list, err := i.client.CoreV1().Pods(Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "its pods could not be listed: " + err.Error()
	}
	var lines []string
	for _, pod := range list.Items {
		for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if line := trouble(status); line != "" {
				lines = append(lines, fmt.Sprintf("pod %s, container %s: %s", pod.Name, status.Name, line))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// trouble is why a container does not run, "" where nothing is known against it.
func trouble(s corev1.ContainerStatus) string {
	switch last := s.LastTerminationState.Terminated; {
	case s.State.Waiting != nil && s.State.Waiting.Reason != "PodInitializing":
		text := s.State.Waiting.Reason + " " + s.State.Waiting.Message
		if last != nil {
			text += "; ended with " + last.Reason + " " + last.Message
		}
		return strings.TrimSpace(text)
	case s.State.Terminated != nil && s.State.Terminated.ExitCode != 0:
		return s.State.Terminated.Reason + " " + s.State.Terminated.Message
	case s.State.Running != nil && !s.Ready:
		return "runs and is not ready"
	}
	return ""
}
