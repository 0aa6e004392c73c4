package build

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// TestTheRealThing builds everything, which takes about a quarter of an hour with nothing cached, and runs it:
//
//	BUILD_CACHE=/somewhere/with/space go test -v -timeout 1h -run TestTheRealThing
func TestTheRealThing(t *testing.T) {
	root := os.Getenv("BUILD_CACHE")
	if root == "" {
		t.Skip("set BUILD_CACHE to a directory to build everything in it")
	}
	o := Options{Cache: root, Progress: t.Logf}
	if problems := Preflight(t.Context(), o); problems != nil {
		t.Skip(strings.Join(problems, "\n"))
	}
	kubernetes, err := Kubernetes(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	istio, err := Istio(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		set           Set
		line, version string
	}{
		{kubernetes, "kube-apiserver --version", kubernetesVersion},
		{kubernetes, "kube-controller-manager --version", kubernetesVersion},
		{kubernetes, "kube-scheduler --version", kubernetesVersion},
		{kubernetes, "kubelet --version", kubernetesVersion},
		{kubernetes, "kube-proxy --version", kubernetesVersion},
		{kubernetes, "kubectl version --client", kubernetesVersion},
		{kubernetes, "etcd --version", etcdVersion[1:]},
		{kubernetes, "containerd --version", containerdVersion},
		{kubernetes, "containerd-shim-runc-v2 -v", containerdVersion},
		{kubernetes, "ctr --version", containerdVersion},
		{kubernetes, "runc --version", "libseccomp:"},
		{kubernetes, "coredns --version", corednsVersion[1:]},
		{kubernetes, "ptp", "cniVersion"},
		{kubernetes, "bridge", "cniVersion"},
		{kubernetes, "loopback", "cniVersion"},
		{kubernetes, "host-local", "cniVersion"},
		{kubernetes, "portmap", "cniVersion"},
		{istio, "pilot-discovery version", istioRevision()},
		{istio, "install-cni version", istioRevision()},
		{istio, "istio-cni", "cniVersion"},
	} {
		t.Run(tc.line, func(t *testing.T) {
			args := strings.Fields(tc.line)
			cmd := exec.Command(filepath.Join(tc.set.Bin, args[0]), args[1:]...)
			cmd.Env = append(os.Environ(), "CNI_COMMAND=VERSION")
			cmd.Stdin = strings.NewReader(`{"cniVersion":"1.0.0"}`)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), tc.version) {
				t.Errorf("want %s in what it prints; %v\n%s", tc.version, err, out)
			}
		})
	}
	for _, image := range append(kubernetes.Images, istio.Images...) {
		t.Run(image.Ref, func(t *testing.T) { load(t, image) })
	}
}

// load reads an archive back as a node would.
func load(t *testing.T, image Image) {
	loaded, err := tarball.ImageFromPath(image.Archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := loaded.ConfigName(); err != nil || id.String() != image.Digest {
		t.Errorf("the archive holds image %s (%v), the set says %s", id, err, image.Digest)
	}
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(image.Archive) })
	if err != nil || len(manifest) != 1 || len(manifest[0].RepoTags) != 1 || manifest[0].RepoTags[0] != image.Ref {
		t.Errorf("the archive names %+v (%v), want %s", manifest, err, image.Ref)
	}
}
