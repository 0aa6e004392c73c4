package tools_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools/toolstest"
)

func kubeconfig(t *testing.T, lists ...[]corev1.Node) string {
	t.Helper()
	_, text := toolstest.API(t, lists...)
	path := t.TempDir() + "/kubeconfig"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAwait(t *testing.T) {
	server, agent := toolstest.Node("z-server", true, true), toolstest.Node("a-agent", false, true)
	path := kubeconfig(t, nil, []corev1.Node{server}, []corev1.Node{agent, toolstest.Node("z-server", true, false)}, []corev1.Node{agent, server})
	cluster, err := tools.Await(t.Context(), "k3d", path, platforms.Spec{Name: "x", Nodes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cluster.Nodes, []string{"z-server", "a-agent"}) || cluster.Kubeconfig != path || cluster.REST == nil || cluster.Platform != "k3d" {
		t.Errorf("got %+v", cluster)
	}
}

func TestAwaitSaysWhatIsMissing(t *testing.T) {
	unready := []corev1.Node{toolstest.Node("n", true, false)}
	for name, row := range map[string]struct {
		path string
		spec platforms.Spec
		want string
	}{
		"a node":     {kubeconfig(t, unready), platforms.Spec{Name: "x", Nodes: 2, DisableCNI: true}, "1 of 2 nodes are registered"},
		"readiness":  {kubeconfig(t, unready), platforms.Spec{Name: "x", Nodes: 1}, "node n is not ready: cni plugin not initialized"},
		"a report":   {kubeconfig(t, []corev1.Node{{}}), platforms.Spec{Name: "x", Nodes: 1}, "its kubelet has not reported yet"},
		"kubeconfig": {t.TempDir() + "/none", platforms.Spec{Name: "x", Nodes: 1}, "reading the kubeconfig of cluster x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			over := errors.New("--timeout is over")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, over)
			defer cancel()
			_, err := tools.Await(ctx, "k3d", row.path, row.spec)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if name != "kubeconfig" && !errors.Is(err, over) {
				t.Errorf("%v does not say what ended the wait", err)
			}
		})
	}
	path := kubeconfig(t, unready)
	if _, err := tools.Await(t.Context(), "k3d", path, platforms.Spec{Name: "x", Nodes: 1, DisableCNI: true}); err != nil {
		t.Errorf("without a CNI an unready node is all there can be: %v", err)
	}
}
