//go:build linux

package local

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// The tests of this file make real clusters. They need root and the artifacts: AMBIENT_LOCAL_BIN is the directory of
// the binaries, AMBIENT_LOCAL_IMAGES a list of docker archives separated by commas.
const (
	binEnv    = "AMBIENT_LOCAL_BIN"
	imagesEnv = "AMBIENT_LOCAL_IMAGES"
	createEnv = "AMBIENT_LOCAL_TEST_CREATE" // makes the test binary a runner that creates this cluster
	stateEnv  = "AMBIENT_LOCAL_TEST_STATE"
)

func artifactsFromEnv(context.Context) (Artifacts, error) {
	if os.Getenv(binEnv) == "" || os.Getenv(imagesEnv) == "" {
		return Artifacts{}, errors.New(binEnv + " and " + imagesEnv + " are not set")
	}
	return Artifacts{Bin: os.Getenv(binEnv), Images: strings.Split(os.Getenv(imagesEnv), ",")}, nil
}

func realPlatform(t *testing.T) *Platform {
	t.Helper()
	if testing.Short() {
		t.Skip("real clusters are not for -short")
	}
	if _, err := artifactsFromEnv(t.Context()); err != nil {
		t.Skip(err)
	}
	p := New(Options{Artifacts: artifactsFromEnv, StateDir: t.TempDir(), Progress: t.Logf})
	if problems := p.Preflight(t.Context(), 0); len(problems) > 0 {
		t.Skip(problems)
	}
	t.Cleanup(func() {
		// t.Context() is over by now.
		if _, err := p.DeleteAll(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return p
}

// residue is what a cluster of a platform could leave on the machine.
type residue struct {
	Mounts, Links, Processes, Cgroups, Files []string
}

func residueOf(t *testing.T, p *Platform, cluster string) residue {
	t.Helper()
	var r residue
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	r.Mounts = strings.Split(string(mounts), "\n")
	links, err := netlink.LinkList()
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		r.Links = append(r.Links, link.Attrs().Name)
	}
	commands, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range commands {
		if raw, err := os.ReadFile(path); err == nil && strings.Contains(string(raw), p.dir(cluster)) {
			r.Processes = append(r.Processes, strings.ReplaceAll(string(raw), "\x00", " "))
		}
	}
	cgroups, _ := filepath.Glob("/sys/fs/cgroup/*/" + cgroupPrefix + cluster + "-*")
	unified, _ := filepath.Glob("/sys/fs/cgroup/" + cgroupPrefix + cluster + "-*")
	r.Cgroups = append(cgroups, unified...)
	r.Files, _ = filepath.Glob(p.stateDir + "/*")
	return r
}

func TestCluster(t *testing.T) {
	p := realPlatform(t)
	before := residueOf(t, p, "whole")
	c, err := p.Create(t.Context(), platforms.Spec{Name: "whole"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"whole-0", "whole-1"}, c.Nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	during := residueOf(t, p, "whole")
	if len(during.Processes) == 0 || len(during.Cgroups) == 0 {
		t.Errorf("a running cluster shows no processes (%v) or cgroups (%v): the comparison could not fail", during.Processes, during.Cgroups)
	}
	if diff := cmp.Diff(before.Links, during.Links); diff != "" {
		t.Errorf("interfaces of the machine (-before +during):\n%s", diff)
	}
	if diff := cmp.Diff(before.Mounts, during.Mounts); diff != "" {
		t.Errorf("mounts of the machine (-before +during):\n%s", diff)
	}

	t.Run("names are taken", func(t *testing.T) {
		_, err := p.Create(t.Context(), platforms.Spec{Name: "whole"})
		if err == nil || !strings.Contains(err.Error(), "exists already and runs") {
			t.Errorf("creating it again: %v", err)
		}
	})
	t.Run("every node has its view", func(t *testing.T) { checkNodes(t, p, c) })
	t.Run("services and names work across nodes", func(t *testing.T) { checkService(t, c) })
	t.Run("logs are copied", func(t *testing.T) {
		dir := t.TempDir()
		if err := p.Logs(t.Context(), "whole", dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"init.log", "whole-0/kube-apiserver.log", "whole-1/kubelet.log"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
	})
	if err := p.Delete(t.Context(), "whole"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, residueOf(t, p, "whole")); diff != "" {
		t.Errorf("left after deletion (-before +after):\n%s", diff)
	}
	if err := p.Delete(t.Context(), "whole"); err != nil {
		t.Errorf("deleting it again: %v", err)
	}
}

func checkNodes(t *testing.T, p *Platform, c *platforms.Cluster) {
	for _, name := range c.Nodes {
		out, err := p.Exec(t.Context(), c.Name, name, "sh", "-c", "hostname; readlink /proc/1/exe >/dev/null && ls /etc/cni/net.d")
		if err != nil {
			t.Error(err)
		}
		if got, want := string(out), name+"\n10-pods.conflist\n"; got != want {
			t.Errorf("on %s: got %q, want %q", name, got, want)
		}
		images, err := p.Exec(t.Context(), c.Name, name, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet")
		if err != nil {
			t.Error(err)
		}
		for _, image := range []string{"pause", "coredns"} {
			if !strings.Contains(string(images), "/"+image+":") {
				t.Errorf("on %s: image %s is missing from %q", name, image, images)
			}
		}
		if _, err := p.Exec(t.Context(), c.Name, name, "sh", "-c", "echo seen >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "seen") {
			t.Errorf("a failing command's words are not in its error: %v", err)
		}
	}
	machine, err := os.ReadFile("/proc/sys/kernel/panic_on_oops")
	if err != nil {
		t.Fatal(err)
	}
	shadow, err := p.Exec(t.Context(), c.Name, c.Nodes[0], "cat", "/proc/sys/kernel/panic_on_oops")
	if err != nil || string(shadow) != "1\n" {
		t.Errorf("the node sees panic_on_oops %q, %v; the machine has %q", shadow, err, machine)
	}
}

// checkService asks the cluster's resolver, which is behind a service, from each node's end of the API server's proxy.
func checkService(t *testing.T, c *platforms.Cluster) {
	client, err := kubernetes.NewForConfig(c.REST)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		d, err := client.AppsV1().Deployments("kube-system").Get(ctx, "coredns", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Status.AvailableReplicas == 1 {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("CoreDNS is not available: %+v", d.Status)
		case <-time.After(100 * time.Millisecond): // a test may poll
		}
	}
	raw, err := client.CoreV1().Services("kube-system").ProxyGet("http", "kube-dns", "metrics", "metrics", nil).DoRaw(ctx)
	if err != nil || !strings.Contains(string(raw), "coredns_build_info") {
		t.Errorf("asking CoreDNS through its service: %v", err)
	}
}

func TestTwoClustersAtOnce(t *testing.T) {
	p := realPlatform(t)
	var both errgroup.Group
	for _, name := range []string{"left", "right"} {
		both.Go(func() error {
			_, err := p.Create(t.Context(), platforms.Spec{Name: name, Nodes: 1, DisableCNI: true, DisableKubeProxy: true})
			return err
		})
	}
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(t.Context(), "left"); err != nil {
		t.Fatal(err)
	}
	out, err := p.Exec(t.Context(), "right", "right-0", "ls", "/etc/cni/net.d", "/opt/cni/bin")
	if err != nil {
		t.Errorf("after the other's deletion: %v", err)
	}
	if strings.Contains(string(out), "conflist") || !strings.Contains(string(out), "ptp") {
		t.Errorf("without a CNI a node has plugins and no configuration, but: %s", out)
	}
}

// TestKilledRunner kills a runner with SIGKILL at moments that meet different stages of Create, then deletes.
func TestKilledRunner(t *testing.T) {
	p := realPlatform(t)
	for _, after := range []time.Duration{50, 300, 900, 1500, 2500, 4000, 30000} {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			before := residueOf(t, p, "killed")
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			runner := exec.CommandContext(ctx, self)
			runner.Env = append(os.Environ(), createEnv+"=killed", stateEnv+"="+p.stateDir)
			runner.WaitDelay = time.Second
			_ = runner.Run() // killed, mostly
			if names, err := p.List(t.Context()); err != nil || len(names) > 1 {
				t.Errorf("listing: %v, %v", names, err)
			}
			if _, err := p.DeleteAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, residueOf(t, p, "killed")); diff != "" {
				t.Errorf("left after deletion (-before +after):\n%s", diff)
			}
		})
	}
}

func TestCancelledCreate(t *testing.T) {
	p := realPlatform(t)
	before := residueOf(t, p, "cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user has pressed Ctrl-C")
	b := New(Options{StateDir: p.stateDir, Artifacts: p.artifacts, Progress: func(format string, args ...any) {
		if strings.HasPrefix(format, "starting") {
			cancel(why)
		}
	}})
	if _, err := b.Create(ctx, platforms.Spec{Name: "cancelled"}); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
	if err := p.Delete(t.Context(), "cancelled"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, residueOf(t, p, "cancelled")); diff != "" {
		t.Errorf("left after deletion (-before +after):\n%s", diff)
	}
}

// TestDeadNode: the end of one node's init is the end of the cluster, and no obstacle to its deletion.
func TestDeadNode(t *testing.T) {
	p := realPlatform(t)
	before := residueOf(t, p, "dead")
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "dead", DisableCNI: true}); err != nil {
		t.Fatal(err)
	}
	whole, alive := initOf(p.dir("dead"))
	second, there := initOf(node.Dir(p.dir("dead"), "dead-1"))
	if !alive || !there {
		t.Fatalf("inits: cluster %v, node %v", alive, there)
	}
	if err := second.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for whole.Alive() {
		select {
		case <-ctx.Done():
			t.Fatal("the cluster's init lives on")
		case <-time.After(10 * time.Millisecond): // a test may poll
		}
	}
	if err := p.Delete(t.Context(), "dead"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, residueOf(t, p, "dead")); diff != "" {
		t.Errorf("left after deletion (-before +after):\n%s", diff)
	}
}

func TestStrayCluster(t *testing.T) {
	p := realPlatform(t)
	before := residueOf(t, p, "stray")
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "stray", Nodes: 1, DisableCNI: true}); err != nil {
		t.Fatal(err)
	}
	// As if deleted: files cannot be removed reliably while a kubelet writes new ones.
	if err := os.Rename(p.dir("stray"), filepath.Join(t.TempDir(), "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if names, err := p.List(t.Context()); len(names) != 0 || err != nil {
		t.Errorf("listing: %v, %v", names, err)
	}
	gone, err := p.DeleteAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"stray"}, gone); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, residueOf(t, p, "stray")); diff != "" {
		t.Errorf("left after deletion (-before +after):\n%s", diff)
	}
}

// TestBrokenComponent replaces one binary by a script that complains and ends.
func TestBrokenComponent(t *testing.T) {
	p := realPlatform(t)
	for _, component := range []string{"etcd", "kube-apiserver", "containerd", "kubelet"} {
		t.Run(component, func(t *testing.T) {
			a, err := artifactsFromEnv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			broken := t.TempDir()
			for _, name := range append(binaries(), plugins()...) {
				if name == component {
					err = os.WriteFile(filepath.Join(broken, name), []byte("#!/bin/sh\necho out of order\nexit 7\n"), 0o755)
				} else {
					err = os.Symlink(filepath.Join(a.Bin, name), filepath.Join(broken, name))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			b := New(Options{StateDir: p.stateDir, Artifacts: func(context.Context) (Artifacts, error) {
				return Artifacts{Bin: broken, Images: a.Images}, nil
			}})
			_, err = b.Create(t.Context(), platforms.Spec{Name: "broken"})
			if err == nil {
				t.Fatal("created")
			}
			for _, want := range []string{"starting " + component + " on node broken-", "exited with status 7", "out of order"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if err := b.Delete(t.Context(), "broken"); err != nil {
				t.Error(err)
			}
		})
	}
}
