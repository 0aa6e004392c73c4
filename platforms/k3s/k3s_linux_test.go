package k3s

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools/toolstest"
)

// The init of a cluster is the program that makes it: here, the test.
func TestMain(m *testing.M) {
	if IsInit(os.Args) {
		os.Exit(RunInit(os.Args))
	}
	os.Exit(m.Run())
}

// machine is this machine with a k3s on PATH that is a script. Namespaces, mounts and processes are real.
func machine(t *testing.T, script string) *Platform {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("k3s needs root, and so do its namespaces")
	}
	bin := t.TempDir()
	text := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'k3s version v1.35.5+k3s1 (b10bd8a0)'; exit; fi\n" + script
	if err := os.WriteFile(bin+"/k3s", []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	p := New(Options{State: tools.State{Dir: t.TempDir()}, Cache: t.TempDir()})
	p.ports, p.interfaces = nil, nil // what else runs here must not matter
	t.Cleanup(func() {
		if _, err := p.DeleteAll(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return p
}

// serving is a script that does what k3s does: it leaves files where k3s does, an orphan as containers are, and serves.
func serving(t *testing.T, kubeconfig string) string {
	t.Helper()
	source := t.TempDir() + "/kubeconfig"
	if err := os.WriteFile(source, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`[ "$1 $2" = "server --config" ] || exit 9
target=$(sed -n 's/^write-kubeconfig: //p' "$3")
for dir in /var/lib/rancher/k3s /etc/rancher /var/lib/kubelet; do echo mine > $dir/mark; done
mkdir -p /var/log/pods/default_web_1/web; echo hello > /var/log/pods/default_web_1/web/0.log
(setsid sleep 600 &)
echo "below $(cat /proc/1/comm), token ${K3S_TOKEN:-none}"
mount -t tmpfs tmpfs /var/lib/kubelet
cp %s "$target"
exec sleep 600
`, source)
}

// living are the processes whose command line contains a text.
func living(text string) (pids []string) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		if raw, err := os.ReadFile(path); err == nil && strings.Contains(string(raw), text) {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}

func TestLife(t *testing.T) {
	existing := map[string]bool{}
	for _, d := range directories {
		_, err := os.Stat(d[0])
		existing[d[0]] = err == nil
	}
	_, kubeconfig := toolstest.API(t, nil, []corev1.Node{toolstest.Node("ours", true, true)})
	p := machine(t, serving(t, kubeconfig))
	t.Setenv("K3S_TOKEN", "of an installed k3s")
	cluster, err := p.Create(t.Context(), platforms.Spec{Name: "ours"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cluster.Nodes, []string{"ours"}) || cluster.Kubeconfig != p.State.Kubeconfig("ours") {
		t.Errorf("got %+v", cluster)
	}
	dir := p.State.Of("ours")
	for path, want := range map[string]string{
		dir + "/data/mark": "mine\n", dir + "/etc/mark": "mine\n", dir + "/kubelet/mark": "mine\n", dir + "/k3s.log": "below ambient-k3s-ini, token none\n",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"/var/lib/rancher/k3s/mark", "/etc/rancher/mark", "/var/lib/kubelet/mark"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is on the machine itself", path)
		}
	}
	if mounts, _ := os.ReadFile("/proc/self/mounts"); strings.Contains(string(mounts), "/var/lib/kubelet tmpfs") {
		t.Error("a mount of k3s is on the machine itself")
	}
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "ours"}); !errors.Is(err, platforms.ErrExists) || !strings.Contains(err.Error(), "runner down ours") {
		t.Errorf("again: %v", err)
	}
	logs := t.TempDir()
	if err := p.Logs(t.Context(), "ours", logs); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(logs + "/pods/default_web_1/web/0.log"); err != nil || string(got) != "hello\n" {
		t.Errorf("pod log %q, %v", got, err)
	}

	if gone, err := p.DeleteAll(t.Context()); err != nil || !slices.Equal(gone, []string{"ours"}) {
		t.Errorf("deleted %v, %v", gone, err)
	}
	if pids := living(dir); len(pids) > 0 {
		t.Errorf("still running: %v", pids)
	}
	for _, d := range directories {
		if _, err := os.Stat(d[0]); (err == nil) != existing[d[0]] {
			t.Errorf("%s: there before %v, now %v", d[0], existing[d[0]], err == nil)
		}
	}
	if p.State.Has("ours") {
		t.Error("its directory is still there")
	}
	if err := p.Delete(t.Context(), "ours"); err != nil {
		t.Errorf("deleting what is absent: %v", err)
	}
}

// What k3s logs before it gives up, and what becomes of it.
func TestCreateFailures(t *testing.T) {
	for name, row := range map[string]struct{ log, want string }{
		"port taken": {`time="2026-01-02T03:04:05Z" level=fatal msg="Error: starting kubernetes: preparing server: failed to listen: listen tcp :6443: bind: address already in use"`,
			"a port that k3s needs is taken"},
		"cgroup v1": {`E0102 03:04:05.000000 kubelet.go:1 "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is in maintenance mode"`,
			"Kubernetes 1.35 and newer refuse control groups of version 1"},
		"no cgroup": {`level=fatal msg="Error: failed to find memory cgroup (v2)"`, "the kernel or the container offers no such control group"},
		"too old":   {`level=fatal msg="flag provided but not defined: -disable-kube-proxy"`, "this version of k3s does not understand the configuration: install v1.32.0 or newer"},
		"anything":  {`level=fatal msg="boo"`, "running k3s server: it ended: exit status 3: level=fatal"},
	} {
		t.Run(name, func(t *testing.T) {
			p := machine(t, "cat <<'END' >&2\n"+row.log+"\nEND\nexit 3\n")
			_, err := p.Create(t.Context(), platforms.Spec{Name: "new"})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
			if names, err := p.List(t.Context()); err != nil || !slices.Equal(names, []string{"new"}) {
				t.Errorf("what is left is not listed: %v, %v", names, err)
			}
		})
	}
}

func TestCreateInterrupted(t *testing.T) {
	p := machine(t, "echo started\nexec sleep 600\n") // and no kubeconfig ever
	over := errors.New("--timeout is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		if appears(ctx, filepath.Join(p.State.Of("half"), logFile)) == nil {
			cancel(over)
		}
	}()
	if _, err := p.Create(ctx, platforms.Spec{Name: "half"}); !errors.Is(err, over) {
		t.Errorf("got %v", err)
	}
	r, err := p.recall("half")
	if err != nil || !r.Init.Alive() {
		t.Fatalf("nothing runs: %+v, %v", r, err)
	}
	if err := p.Delete(t.Context(), "half"); err != nil || r.Init.Alive() {
		t.Errorf("deleted: %v; alive %v", err, r.Init.Alive())
	}
}

// A runner that is killed before it has recorded the init leaves one that ends by itself; what a killed run left dead is
// cleared away by the next.
func TestCreateAfterACrash(t *testing.T) {
	_, kubeconfig := toolstest.API(t, []corev1.Node{toolstest.Node("ours", true, true)})
	p := machine(t, serving(t, kubeconfig))
	if err := p.furnish(t.Context(), "ours", []byte("half a configuration")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "ours"}); err != nil {
		t.Error(err)
	}
}

func TestHost(t *testing.T) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	problems := occupied([]int{port}, []string{"lo", "nosuchinterface"})
	if len(problems) != 2 || !strings.Contains(problems[0], fmt.Sprintf("port %d", port)) || !strings.Contains(problems[1], "interface lo already") {
		t.Errorf("got %q", problems)
	}
	_ = listener.Close()
	if problems := occupied([]int{port}, nil); len(problems) > 0 {
		t.Errorf("free, yet %q", problems)
	}
	if problems := New(Options{}).host(2); !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "use --nodes 1") }) {
		t.Errorf("got %q", problems)
	}
}

// Every argument by which images get in.
func TestLoad(t *testing.T) {
	_, kubeconfig := toolstest.API(t, []corev1.Node{toolstest.Node("ours", true, true)})
	p := machine(t, serving(t, kubeconfig))
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "ours"}); err != nil {
		t.Fatal(err)
	}
	record, err := p.recall("ours")
	if err != nil {
		t.Fatal(err)
	}
	r := toolstest.New(t, []string{"nsenter"}, toolstest.Answer{Call: "nsenter", Exit: 1, Stderr: "ctr: write /var/lib/x: no space left on device\n"})
	p.Runner = r
	err = p.Load(t.Context(), "ours", "/archives/a.tar")
	if err == nil || !strings.HasPrefix(err.Error(), "loading image archive /archives/a.tar into cluster ours: the disk is full") {
		t.Errorf("got %v", err)
	}
	want := fmt.Sprintf("$ nsenter --target %d --mount -- %s ctr --namespace k8s.io images import /archives/a.tar\nexit status 1\n", record.Init.PID, record.K3s)
	if got := r.Transcript(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p.Runner = tools.Exec{}
	if err := p.Load(t.Context(), "none", "/archives/a.tar"); err == nil {
		t.Error("images were loaded into nothing")
	}
}
