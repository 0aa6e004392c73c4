package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

func TestLayoutProblems(t *testing.T) {
	for _, row := range []struct{ platform, layout, istio, want string }{
		{"local", "", "auto", ""},
		{"local", "microk8s", "none", ""},
		{"kind", "", "k3s", ""},
		{"local", "k4s", "auto", `unknown layout "k4s"`},
		{"kind", "k3s", "auto", "--layout needs --platform local"},
		{"local", "", "eks", `unknown Istio platform "eks"`},
	} {
		t.Run(row.platform+" "+row.layout+" "+row.istio, func(t *testing.T) {
			o := options{platform: row.platform, layout: row.layout, istioPlatform: row.istio}
			err := errors.Join(o.layoutProblems()...)
			if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("problems %v, want %q", err, row.want)
			}
		})
	}
}

func TestMeshPlatform(t *testing.T) {
	for _, row := range []struct{ platform, layout, istio, want string }{
		{"local", "", "auto", ""},
		{"local", "openshift", "auto", "openshift"},
		{"local", "kind", "auto", ""}, // which Istio's charts refuse
		{"local", "k3s", "none", ""},
		{"local", "", "k3s", "k3s"},
		{"k3d", "", "auto", "k3d"},
		{"k3d", "", "none", ""},
	} {
		t.Run(row.platform+" "+row.layout+" "+row.istio, func(t *testing.T) {
			b, err := backendNamed(row.platform)
			if err != nil {
				t.Fatal(err)
			}
			r := run{backend: b, options: options{platform: row.platform, layout: row.layout, istioPlatform: row.istio}}
			if got := r.meshPlatform(); got != row.want {
				t.Errorf("global.platform %q, want %q", got, row.want)
			}
		})
	}
}

// The runtime's directories win over a profile's, but only where they lead elsewhere, and never over a user's --set.
func TestOverrideDirectories(t *testing.T) {
	type values = map[string]any
	asked := cause.Directories{Conf: "/etc/cni/net.d", Bin: "/bin", Netns: "/var/run/netns"}
	runtime := cause.Directories{Conf: "/k3s/net.d", Bin: "/k3s/bin", Netns: "/var/run/netns"}
	for _, row := range []struct {
		name          string
		mesh, runtime cause.Directories // links resolved
		set           values
		want          values
	}{
		{
			"two differ", cause.Directories{Conf: "/etc/cni/net.d", Bin: "/usr/bin", Netns: "/run/netns"},
			cause.Directories{Conf: "/k3s/net.d", Bin: "/k3s/bin", Netns: "/run/netns"},
			nil, values{"cniConfDir": "/k3s/net.d", "cniBinDir": "/k3s/bin", "cniNetnsDir": "/var/run/netns"},
		},
		{
			"two names of one place", cause.Directories{Conf: "/k3s/net.d", Bin: "/usr/bin", Netns: "/run/netns"},
			cause.Directories{Conf: "/k3s/net.d", Bin: "/k3s/bin", Netns: "/run/netns"},
			nil, values{"cniConfDir": "/etc/cni/net.d", "cniBinDir": "/k3s/bin", "cniNetnsDir": "/var/run/netns"},
		},
		{
			"one is the user's", cause.Directories{Conf: "/etc/cni/net.d", Bin: "/usr/bin", Netns: "/run/netns"},
			cause.Directories{Conf: "/k3s/net.d", Bin: "/k3s/bin", Netns: "/run/netns"},
			values{"cniBinDir": "/mine"}, values{"cniConfDir": "/k3s/net.d", "cniBinDir": "/mine", "cniNetnsDir": "/var/run/netns"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := run{values: map[string]map[string]any{}, lab: &fixtures.Lab{MeshDirs: row.mesh, RuntimeDirs: row.runtime}}
			if row.set != nil {
				r.values[mesh.CNI] = row.set
			}
			r.overrideDirectories(asked, runtime)
			if diff := cmp.Diff(row.want, r.values[mesh.CNI]); diff != "" {
				t.Errorf("values of istio-cni (-want +got):\n%s", diff)
			}
		})
	}
}

// What an installation's row is explained by is what is seen in the cluster, whatever the error says.
func TestExplainInstall(t *testing.T) {
	isController := true
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "istiod-1", Namespace: "istio-system", UID: "u", Labels: map[string]string{"app": "istiod"},
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "istiod", Controller: &isController}},
	}}
	for _, row := range []struct{ reason, message, want string }{
		{"Failed", "Failed to pull image \"docker.io/istio/pilot:nosuch\"", "image-unavailable"},
		{"FailedScheduling", "0/1 nodes are available: 1 Insufficient memory", "unschedulable"},
		{"Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", ""},
	} {
		t.Run(row.reason, func(t *testing.T) {
			event := &corev1.Event{
				ObjectMeta: metav1.ObjectMeta{Name: "e", Namespace: "istio-system"}, Type: corev1.EventTypeWarning,
				Reason: row.reason, Message: row.message, InvolvedObject: corev1.ObjectReference{UID: "u"},
			}
			r := run{lab: &fixtures.Lab{Kube: &fixtures.Kube{Clientset: fake.NewClientset(pod, event)}}, current: &reports.Row{}}
			r.explainInstall(t.Context())
			if r.current.CauseID != row.want || (r.current.Cause != "") != (row.want != "") {
				t.Errorf("explained by %q (%s), want %q", r.current.CauseID, r.current.Cause, row.want)
			}
		})
	}
}
