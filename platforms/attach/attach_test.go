package attach

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/ambient-conformance/ambient-conformance/fixtures/apiserver"
	"github.com/ambient-conformance/ambient-conformance/platforms"
)

func TestDeleteLeavesWhatIsNotOurs(t *testing.T) {
	server := apiserver.Start(t)
	server.Controllers(t, "namespace-controller")
	client, err := kubernetes.NewForConfig(server.REST)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]string{"ours": "r1", "ours-too": "r1", "another-run": "r2", "foreign": ""} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"conformance.ambient/run": run}}}
		if run == "" {
			namespace.Labels = nil
		}
		if _, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var owner string
	mesh := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "a-mesh", Labels: map[string]string{"conformance.ambient/owner": "r4"}}}
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), mesh, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	p := New(Options{Label: "conformance.ambient/run", MeshLabel: "conformance.ambient/owner", Platform: Generic, Kubeconfig: server.Kubeconfig(t, "admin"), Uninstall: func(_ context.Context, _ *rest.Config, o string) error {
		if _, err := client.CoreV1().Namespaces().Get(t.Context(), "ours", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("the mesh is removed while pods of the run may be in it: %v", err)
		}
		owner = o
		return nil
	}})
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "r1"}); !errors.Is(err, platforms.ErrExists) || !strings.Contains(err.Error(), "runner down r1") {
		t.Errorf("a run that left something is answered with %v", err)
	}
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "r4"}); !errors.Is(err, platforms.ErrExists) || !strings.Contains(err.Error(), "a-mesh") {
		t.Errorf("a run that left nothing but a mesh is answered with %v", err)
	}
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "r3"}); err != nil {
		t.Errorf("another name: %v", err)
	}
	if err := p.Delete(t.Context(), "r1"); err != nil {
		t.Fatal(err)
	}
	left, err := client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range left.Items {
		names = append(names, n.Name)
	}
	for _, name := range []string{"another-run", "foreign", "default", "kube-system"} {
		if !slices.Contains(names, name) {
			t.Errorf("namespace %s is gone: %v", name, names)
		}
	}
	if slices.Contains(names, "ours") || slices.Contains(names, "ours-too") || owner != "r1" {
		t.Errorf("left are %v, and the mesh of %q was removed", names, owner)
	}
	if err := p.Delete(t.Context(), "r1"); err != nil {
		t.Errorf("deleting what is absent: %v", err)
	}
	dir := t.TempDir()
	if err := p.Logs(t.Context(), "r1", dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "events.txt")); err != nil {
		t.Error(err)
	}
}

func TestListedPermissionsAreEnoughAndNoMore(t *testing.T) {
	server := apiserver.Start(t)
	for name, work := range map[string]Work{
		"look": {}, "examine": {Examine: true}, "install": {Examine: true, Install: true}, "apply": {Apply: "openshift"},
	} {
		t.Run(name, func(t *testing.T) {
			for token, most := range map[string]int{"admin": 0, "nobody": len(questions(Rules(work)))} {
				lacking, err := Lacking(t.Context(), server.As(token), work)
				if err != nil || len(lacking) != most {
					t.Errorf("%s lacks %d permissions, want %d: %v", token, len(lacking), most, err)
				}
			}
			manifest, err := Manifest(work)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(manifest, "'*'") && !work.Install || strings.Contains(manifest, "escalate") != work.Install {
				t.Errorf("more than the work needs:\n%s", manifest)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	p := New(Options{Label: "conformance.ambient/run", Platform: "eks"})
	if err := p.Load(t.Context(), "c", "agent.tar"); err == nil || !strings.Contains(err.Error(), "push agent.tar to a registry") {
		t.Errorf("loading is answered with %v", err)
	}
	if err := p.Load(t.Context(), "c"); err != nil {
		t.Errorf("loading nothing: %v", err)
	}
}

func TestMicroK8sImports(t *testing.T) {
	server := apiserver.Start(t)
	client, err := kubernetes.NewForConfig(server.REST)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	command := "#!/bin/sh\necho \"$@\" >> " + bin + "/argv\n[ \"$4\" != broken.tar ] || { echo no space left; exit 1; }\n"
	if err := os.WriteFile(filepath.Join(bin, "microk8s"), []byte(command), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	p := New(Options{Label: "conformance.ambient/run", Platform: "microk8s", Kubeconfig: server.Kubeconfig(t, "admin")})
	addNode := func(name string) {
		made := node(name, "", "microk8s.io/cluster")
		if _, err := client.CoreV1().Nodes().Create(t.Context(), &made, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	addNode(strings.ToLower(host))
	if err := p.Load(t.Context(), "c", "a.tar", "b c.tar"); err != nil {
		t.Fatal(err)
	}
	argv, err := os.ReadFile(filepath.Join(bin, "argv"))
	if want := "ctr image import a.tar\nctr image import b c.tar\n"; err != nil || string(argv) != want {
		t.Errorf("microk8s was called with %q: %v", argv, err)
	}
	if err := p.Load(t.Context(), "c", "broken.tar"); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a failing command is answered with %v", err)
	}
	addNode("another")
	if err := p.Load(t.Context(), "c", "a.tar"); err == nil || !strings.Contains(err.Error(), "push a.tar to a registry") {
		t.Errorf("a second node is answered with %v", err)
	}
}
