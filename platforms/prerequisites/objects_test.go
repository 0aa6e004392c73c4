package prerequisites

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"
)

// world loads objects into a real API server and takes them away again.
type world struct {
	config  *rest.Config
	client  kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newWorld(t *testing.T, config *rest.Config) *world {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return &world{config, client, objects, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))}
}

// define makes kinds of other vendors known, without a schema of their own.
func (w *world) define(t *testing.T, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		w.create(t, kind)
	}
	w.mapper.Reset()
}

// create creates the objects of a manifest, with their status, and deletes them when the test has ended.
func (w *world) create(t *testing.T, manifest string) {
	t.Helper()
	for _, document := range strings.Split(manifest, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		w.createObject(t, parse(t, document))
	}
}

func parse(t *testing.T, document string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return object
}

func (w *world) createObject(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	client := w.resource(t, object)
	made, err := client.Create(t.Context(), object, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("creating %s %s: %v", object.GetKind(), object.GetName(), err)
	}
	if status, ok := object.Object["status"]; ok {
		made.Object["status"] = status
		if _, err := client.UpdateStatus(t.Context(), made, metav1.UpdateOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Fatalf("writing the status of %s: %v", object.GetName(), err)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		zero := int64(0)
		if err := client.Delete(ctx, object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &zero}); unlessGone(err) != nil {
			t.Errorf("deleting %s: %v", object.GetName(), err)
		}
	})
}

// resource finds how an object's kind is served; a definition that was just made takes a moment.
func (w *world) resource(t *testing.T, object *unstructured.Unstructured) dynamic.ResourceInterface {
	t.Helper()
	kind := object.GroupVersionKind()
	var mapping *meta.RESTMapping
	err := poll(t.Context(), func(context.Context) (string, error) {
		var err error
		if mapping, err = w.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			w.mapper.Reset()
			return err.Error(), nil
		}
		_, err = w.dynamic.Resource(mapping.Resource).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err.Error(), nil
		}
		return "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return w.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace())
	}
	return w.dynamic.Resource(mapping.Resource)
}

// definition is a CustomResourceDefinition that accepts anything.
func definition(resource schema.GroupVersionResource, kind, scope string) string {
	singular := strings.ToLower(kind)
	return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ` + resource.Resource + "." + resource.Group + `, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: ` + resource.Group + `
  scope: ` + scope + `
  names: {kind: ` + kind + `, plural: ` + resource.Resource + `, singular: ` + singular + `}
  versions:
  - name: ` + resource.Version + `
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
}

// awsNodeWith is a DaemonSet aws-node whose two containers have the given environments, in YAML flow style.
func awsNodeWith(env, initEnv string) string {
	return `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: aws-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: aws-node}}
  template:
    metadata: {labels: {k8s-app: aws-node}}
    spec:
      hostNetwork: true
      initContainers:
      - {name: aws-vpc-cni-init, image: init, env: [` + initEnv + `]}
      containers:
      - {name: aws-node, image: cni, env: [` + env + `]}
      - {name: aws-eks-nodeagent, image: agent}
`
}

const (
	podENI   = `{name: ENABLE_POD_ENI, value: "true"}`
	strict   = `{name: POD_SECURITY_GROUP_ENFORCING_MODE, value: strict}`
	standard = `{name: POD_SECURITY_GROUP_ENFORCING_MODE, value: standard}`
	noDemux  = `{name: DISABLE_TCP_EARLY_DEMUX, value: "true"}`

	groupPolicy = `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: database, namespace: default}
spec: {podSelector: {}, securityGroups: {groupIds: [sg-1]}}
`
	branchPod = `apiVersion: v1
kind: Pod
metadata:
  name: on-branch
  namespace: default
  annotations: {vpc.amazonaws.com/pod-eni: '[{"eniId":"eni-1","vlanId":2}]'}
spec: {containers: [{name: app, image: app}]}
`
	twoNodes = `apiVersion: v1
kind: Node
metadata: {name: one}
---
apiVersion: v1
kind: Node
metadata: {name: two}
`
	istioNamespace = `apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
`
)

// quotaWith is a quota on pods with a scope selector's expressions and plain scopes, in YAML flow style.
func quotaWith(expressions, scopes, pods, used string) string {
	selector := ""
	if expressions != "[]" {
		selector = "\n  scopeSelector: {matchExpressions: " + expressions + "}"
	}
	return `apiVersion: v1
kind: ResourceQuota
metadata: {name: w, namespace: istio-system}
spec:
  hard: {pods: "` + pods + `"}
  scopes: ` + scopes + selector + `
status: {hard: {pods: "` + pods + `"}, used: {pods: "` + used + `"}}
`
}

func quotaOf(name, class, pods, used string) string {
	return `apiVersion: v1
kind: ResourceQuota
metadata: {name: ` + name + `, namespace: istio-system}
spec:
  hard: {pods: "` + pods + `"}
  scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [` + class + `]}]}
status: {hard: {pods: "` + pods + `"}, used: {pods: "` + used + `"}}
`
}

func networkWith(kind, gateway string) string {
	return `apiVersion: operator.openshift.io/v1
kind: Network
metadata: {name: cluster}
spec: {defaultNetwork: {type: ` + kind + `, ovnKubernetesConfig: {mtu: 1400` + gateway + `}}}
`
}

func operatorIs(status string) string {
	return `apiVersion: config.openshift.io/v1
kind: ClusterOperator
metadata: {name: network}
status: {conditions: [{type: Progressing, status: "` + status + `", lastTransitionTime: "2026-01-01T00:00:00Z"}]}
`
}

func sccWith(privileged, groups string) string {
	return `apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {name: privileged}
allowPrivilegedContainer: ` + privileged + `
groups: [` + groups + `]
`
}

const agentsBound = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: given-by-hand}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:openshift:scc:privileged"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:ambient-conformance"}]
`

func cniWith(bin, conf string) string {
	return `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: kube-system, labels: {k8s-app: istio-cni-node}}
spec:
  selector: {matchLabels: {k8s-app: istio-cni-node}}
  template:
    metadata: {labels: {k8s-app: istio-cni-node}}
    spec:
      containers: [{name: install-cni, image: cni}]
      volumes:
      - {name: cni-bin-dir, hostPath: {path: ` + bin + `}}
      - {name: cni-net-dir, hostPath: {path: ` + conf + `}}
`
}

// readyPods plays the kubelets of nodes that exist by name only: every bound pod becomes ready.
func (w *world) readyPods(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { stop(); <-done })
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			w.readyOnce(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
}

// readyOnce leaves what fails for the next time: the test's own assertions tell what did not come about.
func (w *world) readyOnce(ctx context.Context) {
	pods, err := w.client.CoreV1().Pods("kube-system").List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for _, pod := range pods.Items {
		zero := int64(0)
		if pod.DeletionTimestamp != nil {
			_ = w.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero})
			continue
		}
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}}
		_, _ = w.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, &pod, metav1.UpdateOptions{})
	}
}
