package prerequisites

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	awsNode       = "aws-node"
	enforcingMode = "POD_SECURITY_GROUP_ENFORCING_MODE"
	branchPods    = "vpc.amazonaws.com/pod-eni" // annotation of a pod that is on a branch interface
)

var groupPolicies = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"}

// branchProbes is the release since which istio-cni gets health checks to pods on branch interfaces itself, on nodes
// whose kernel looks up sockets late (DISABLE_TCP_EARLY_DEMUX).
const branchProbes = 31

// judgeSecurityGroups: in the mode strict, which is the default, the answers to a kubelet's health checks leave a pod by
// its branch interface and are lost. The policies' definition is in every EKS and says nothing; objects do.
func judgeSecurityGroups(ctx context.Context, c *Cluster) (Verdict, error) {
	set, err := c.client.AppsV1().DaemonSets("kube-system").Get(ctx, awsNode, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return cannotTell("there is no DaemonSet kube-system/aws-node: Auto Mode runs it outside the cluster, or another CNI has taken its place")
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("reading DaemonSet kube-system/aws-node: %w", err)
	}
	pods := set.Spec.Template.Spec
	eni, mode := variable(pods.Containers, awsNode, "ENABLE_POD_ENI"), variable(pods.Containers, awsNode, enforcingMode)
	demux := variable(pods.InitContainers, "aws-vpc-cni-init", "DISABLE_TCP_EARLY_DEMUX")
	if eni.elsewhere || mode.elsewhere {
		return cannotTell("the environment of aws-node comes from elsewhere (valueFrom, envFrom or another variable), which does not show what is in force")
	}
	if !eni.on() {
		return met("ENABLE_POD_ENI of aws-node is %s: no pod has an interface of its own", eni)
	}
	use, err := c.branchUse(ctx)
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case mode.value == "standard" && !rolledOut(set):
		return cannotTell("%s is standard, but aws-node is still being rolled out: %s", enforcingMode, rollout(set))
	case mode.value == "standard":
		return met("%s is standard", enforcingMode)
	case use == "":
		return met("%s is %s, but no SecurityGroupPolicy exists and no pod is on a branch interface", enforcingMode, mode)
	case demux.on() && c.Minor >= branchProbes:
		return met("%s is %s; istio-cni of Istio 1.%d serves pods on branch interfaces where DISABLE_TCP_EARLY_DEMUX is true, as here", enforcingMode, mode, c.Minor)
	}
	return missing("%s is %s%s while security groups for pods are in use: %s", enforcingMode, mode, mode.takenFor(), use)
}

// branchUse says how security groups for pods are in use; empty when they are not.
func (c *Cluster) branchUse(ctx context.Context) (string, error) {
	policies, err := c.dynamic.Resource(groupPolicies).List(ctx, metav1.ListOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return "", fmt.Errorf("listing SecurityGroupPolicies: %w", err)
	}
	if err == nil && len(policies.Items) > 0 {
		first, more := policies.Items[0], ""
		if others := len(policies.Items) - 1; others > 0 {
			more = fmt.Sprintf(" and %d more", others)
		}
		return fmt.Sprintf("SecurityGroupPolicy %s/%s%s", first.GetNamespace(), first.GetName(), more), nil
	}
	pods, err := c.client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing pods: %w", err)
	}
	on := slices.IndexFunc(pods.Items, func(p corev1.Pod) bool { return p.Annotations[branchPods] != "" })
	if on < 0 {
		return "", nil
	}
	return fmt.Sprintf("pod %s/%s is on a branch interface", pods.Items[on].Namespace, pods.Items[on].Name), nil
}

// setting is an environment variable as a pod template has it.
type setting struct {
	value     string
	set       bool
	elsewhere bool // the value is not in the template
}

func (s setting) String() string {
	switch _, err := strconv.ParseBool(s.value); {
	case !s.set:
		return "not set"
	case err != nil && strings.TrimSpace(s.value) != s.value:
		return strconv.Quote(s.value)
	}
	return s.value
}

// on is what the VPC CNI makes of a switch: Go's boolean literals, and off for anything else.
func (s setting) on() bool {
	on, err := strconv.ParseBool(s.value)
	return err == nil && on
}

// takenFor says what the VPC CNI takes an enforcing mode for that it does not know. It compares whole and case by case.
func (s setting) takenFor() string {
	if !s.set || s.value == "strict" {
		return ""
	}
	return " (which the VPC CNI takes for strict)"
}

func variable(containers []corev1.Container, container, name string) setting {
	at := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == container })
	if at < 0 {
		return setting{}
	}
	for _, env := range slices.Backward(containers[at].Env) { // of two the later is in force
		if env.Name == name {
			// $(NAME) stands for what another variable holds.
			return setting{value: env.Value, set: true, elsewhere: env.ValueFrom != nil || strings.Contains(env.Value, "$(")}
		}
	}
	return setting{elsewhere: len(containers[at].EnvFrom) > 0}
}

// rolledOut says whether every node runs the current template.
func rolledOut(set *appsv1.DaemonSet) bool {
	s := set.Status
	return s.ObservedGeneration >= set.Generation && s.UpdatedNumberScheduled == s.DesiredNumberScheduled && s.NumberUnavailable == 0
}

func rollout(set *appsv1.DaemonSet) string {
	s := set.Status
	return fmt.Sprintf("%d of %d pods are of the current template, %d not available", s.UpdatedNumberScheduled, s.DesiredNumberScheduled, s.NumberUnavailable)
}
