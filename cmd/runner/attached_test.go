package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/e2e-framework/klient"
	"sigs.k8s.io/e2e-framework/klient/decoder"
	"sigs.k8s.io/e2e-framework/klient/k8s"

	"github.com/ambient-conformance/ambient-conformance/fixtures/apiserver"
	"github.com/ambient-conformance/ambient-conformance/platforms/attach"
)

// eksObjects make an API server look like that of an EKS in whose strict mode a pod has a branch interface.
const eksObjects = `apiVersion: v1
kind: Node
metadata: {name: ip-10-0-0-1, labels: {eks.amazonaws.com/nodegroup: a}}
spec: {providerID: "aws:///eu-west-1a/i-1"}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: aws-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: aws-node}}
  template:
    metadata: {labels: {k8s-app: aws-node}}
    spec:
      nodeSelector: {nowhere: "true"}
      containers:
      - name: aws-node
        image: cni
        env: [{name: ENABLE_POD_ENI, value: "true"}, {name: POD_SECURITY_GROUP_ENFORCING_MODE, value: strict}]
---
apiVersion: v1
kind: Pod
metadata: {name: on-branch, namespace: default, annotations: {vpc.amazonaws.com/pod-eni: '[{"eniId":"eni-1"}]'}}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: looks}
rules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: viewer, namespace: default}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: looks}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: looks}
subjects: [{kind: ServiceAccount, name: viewer, namespace: default}]
`

// TestAttached runs the sessions in testdata/attach against a real API server without nodes to run anything on.
func TestAttached(t *testing.T) {
	server := apiserver.Start(t)
	server.Controllers(t, "daemonset-controller")
	manifest, err := attach.Manifest(attach.Work{Examine: true, Install: true})
	if err != nil {
		t.Fatal(err)
	}
	create(t, server, eksObjects+"---\n"+manifest)
	variables := map[string]string{
		"ADMIN": server.Kubeconfig(t, "admin"), "NOBODY": server.Kubeconfig(t, "nobody"), "STRANGER": server.Kubeconfig(t, "unknown"),
		"VIEWER": server.Kubeconfig(t, token(t, server, "default", "viewer")),
		"LISTED": server.Kubeconfig(t, token(t, server, "ambient-conformance-access", "runner")),
	}
	before := namespaces(t, server)
	scripts, err := filepath.Glob("testdata/attach/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("sessions %v: %v", scripts, err)
	}
	for _, script := range scripts { // one after the other: they share the cluster, and one changes it
		t.Run("session", func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Files: []string{script}, UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
				Setup: func(env *testscript.Env) error {
					for name, value := range variables {
						env.Setenv(name, value)
					}
					env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/cache")
					env.Setenv("GOFLAGS", os.Getenv("GOFLAGS"))
					return nil
				},
			})
		})
	}
	if after := namespaces(t, server); after != before {
		t.Errorf("namespaces were %s and are %s", before, after)
	}
}

func create(t *testing.T, server *apiserver.Server, manifest string) {
	t.Helper()
	client, err := klient.New(server.REST)
	if err != nil {
		t.Fatal(err)
	}
	err = decoder.DecodeEach(t.Context(), strings.NewReader(manifest), func(ctx context.Context, obj k8s.Object) error {
		return client.Resources().Create(ctx, obj)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func token(t *testing.T, server *apiserver.Server, namespace, account string) string {
	t.Helper()
	client, err := kubernetes.NewForConfig(server.REST)
	if err != nil {
		t.Fatal(err)
	}
	request, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

func namespaces(t *testing.T, server *apiserver.Server) string {
	t.Helper()
	client, err := kubernetes.NewForConfig(server.REST)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range list.Items {
		names = append(names, n.Name)
	}
	return fmt.Sprint(names)
}
