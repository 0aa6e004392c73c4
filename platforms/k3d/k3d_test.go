package k3d

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools/toolstest"
)

// listed is k3d cluster list -o json of k3d 5.9 for clusters "ours" and "theirs", shortened by certificates and volumes.
func listed(t testing.TB) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/list.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func version() toolstest.Answer {
	return toolstest.Answer{Call: "k3d version", Stdout: "k3d version v5.9.0\nk3s version v1.32.5-k3s1 (default)\n"}
}

// platform answers as k3d 5.9 does, unless told otherwise.
func platform(t *testing.T, answers ...toolstest.Answer) (*Platform, *toolstest.Recorder) {
	t.Helper()
	r := toolstest.New(t, []string{"k3d", "docker"}, append([]toolstest.Answer{version()}, answers...)...)
	state := tools.State{Dir: t.TempDir()}
	r.Hide(state.Dir, "STATE")
	return New(Options{State: state, Runner: r}), r
}

// The whole life of a cluster: every argument, all of standard input, every file.
func TestLife(t *testing.T) {
	for name, spec := range map[string]platforms.Spec{
		"default": {Name: "ours"},
		"bare":    {Name: "ours", Nodes: 1, DisableCNI: true, DisableKubeProxy: true},
	} {
		t.Run(name, func(t *testing.T) {
			ready := []corev1.Node{toolstest.Node("k3d-ours-agent-0", false, true), toolstest.Node("k3d-ours-server-0", true, !spec.DisableCNI)}
			url, kubeconfig := toolstest.API(t, ready)
			p, r := platform(t,
				toolstest.Answer{Call: "k3d cluster list", Stdout: "[]"},
				toolstest.Answer{Call: "k3d cluster list", Stdout: listed(t)},
				toolstest.Answer{Call: "k3d cluster create"},
				toolstest.Answer{Call: "k3d kubeconfig get", Stdout: kubeconfig},
				toolstest.Answer{Call: "k3d image import"},
				toolstest.Answer{Call: "docker logs", Stdout: "2026-01-02T03:04:05Z k3s is up\n", Stderr: "2026-01-02T03:04:06Z W flannel\n"},
				toolstest.Answer{Call: "k3d cluster delete"},
			)
			archives, logs := t.TempDir(), t.TempDir()
			r.Hide(url, "URL")
			r.Hide(archives, "ARCHIVES")
			r.Note("create")
			cluster, err := p.Create(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(cluster.Nodes, []string{"k3d-ours-server-0", "k3d-ours-agent-0"}) {
				t.Errorf("nodes %v", cluster.Nodes)
			}
			r.Files(p.State.Dir)
			r.Note("load")
			if err := p.Load(t.Context(), "ours", archives+"/a.tar", archives+"/b.tar"); err != nil {
				t.Error(err)
			}
			r.Note("logs")
			if err := p.Logs(t.Context(), "ours", logs+"/new"); err != nil {
				t.Error(err)
			}
			r.Files(logs)
			r.Note("delete")
			if err := p.Delete(t.Context(), "ours"); err != nil {
				t.Error(err)
			}
			r.Files(p.State.Dir)
			r.Golden(name)
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		spec   platforms.Spec
		exists bool
		want   string
	}{
		"another's cluster":        {platforms.Spec{Name: "theirs"}, true, "was not made by this tool: choose another --name"},
		"ours of an earlier run":   {platforms.Spec{Name: "ours"}, true, "runner down ours"},
		"one being made right now": {platforms.Spec{Name: "busy"}, true, "another runner is creating or deleting it"},
		"too many nodes":           {platforms.Spec{Name: "new", Nodes: 6}, false, "6 nodes: k3d makes 1 to 5"},
		"a path for a name":        {platforms.Spec{Name: "../x"}, false, `cluster name "../x"`},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := platform(t, toolstest.Answer{Call: "k3d cluster list", Stdout: listed(t)})
			unlock, err := p.State.TryLock("busy")
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			_, err = p.Create(t.Context(), row.spec)
			if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, platforms.ErrExists) != row.exists {
				t.Errorf("got %v\nwant %s, ErrExists %v", err, row.want, row.exists)
			}
			if strings.Contains(r.Transcript(), "create") || strings.Contains(r.Transcript(), "delete") {
				t.Errorf("something was done:\n%s", r.Transcript())
			}
		})
	}
}

// What k3d writes when it fails, and what becomes of it.
func TestCreateFailures(t *testing.T) {
	for name, row := range map[string]struct{ stderr, want string }{
		"exists": {"\x1b[31mFATA\x1b[0m[0000] Failed to create cluster 'new' because a cluster with that name already exists \n",
			"choose another --name: a cluster of that name exists already"},
		"docker stops": {"ERRO[0000] Failed Cluster Preparation: Failed Network Preparation: failed to create cluster network: failed to check for duplicate docker networks: docker failed to list networks: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running? \nFATA[0000] Cluster creation FAILED, rollback deactivated. \n",
			"Docker is not running: start it, or set DOCKER_HOST: running k3d cluster create --config -: exit status 1: ERRO[0000]"},
		"port taken": {"ERRO[0004] Failed Cluster Start: Failed to start server k3d-new-server-0: runtime failed to start node 'k3d-new-server-0': docker failed to start container for node 'k3d-new-server-0': Error response from daemon: driver failed programming external connectivity on endpoint k3d-new-server-0: Bind for 127.0.0.1:41235 failed: port is already allocated \n",
			"a port that the cluster needs is taken"},
		"no image": {"ERRO[0002] Failed Cluster Creation: Failed to create node: runtime failed to create node 'k3d-new-server-0': failed to create container for node 'k3d-new-server-0': docker failed to pull image 'rancher/k3s:v1.35.5-k3s1': Error response from daemon: Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host \n",
			"an image cannot be pulled"},
		"too slow": {"ERRO[0300] Failed Cluster Start: Failed to start server k3d-new-server-0: Node k3d-new-server-0 failed to get ready: error waiting for log line `k3s is up and running` from node 'k3d-new-server-0': stopped returning log lines: context deadline exceeded \n",
			"the nodes did not come up in time"},
		"too old": {"FATA[0000] Schema Validation failed for config file /tmp/k3d-config-tmp-1: - Additional property disableImageVolume is not allowed \n",
			"this version of k3d does not understand the configuration: install v5.6.0 or newer"},
		"something else": {"FATA[0000] boo \n", "creating cluster new: running k3d cluster create --config -: exit status 1: FATA[0000] boo"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := platform(t,
				toolstest.Answer{Call: "k3d cluster list", Stdout: "[]"},
				toolstest.Answer{Call: "k3d cluster create", Exit: 1, Stderr: row.stderr})
			_, err := p.Create(t.Context(), platforms.Spec{Name: "new"})
			if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, platforms.ErrExists) != (name == "exists") {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

// A creation that somebody ends leaves a record, by which List and Delete find what there is.
func TestCreateInterrupted(t *testing.T) {
	over := errors.New("--timeout is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	p, _ := platform(t,
		toolstest.Answer{Call: "k3d cluster list", Stdout: "[]"},
		toolstest.Answer{Call: "k3d cluster create", Do: func(tools.Command) { cancel(over) }},
		toolstest.Answer{Call: "k3d kubeconfig get"})
	if _, err := p.Create(ctx, platforms.Spec{Name: "half"}); !errors.Is(err, over) {
		t.Errorf("got %v", err)
	}
	if names, err := p.List(t.Context()); err != nil || !slices.Equal(names, []string{"half"}) {
		t.Errorf("listed %v, %v", names, err)
	}
	if gone, err := p.DeleteAll(t.Context()); err != nil || !slices.Equal(gone, []string{"half"}) {
		t.Errorf("deleted %v, %v", gone, err)
	}
	if names, err := p.List(t.Context()); err != nil || len(names) > 0 {
		t.Errorf("left %v, %v", names, err)
	}
}

func TestDeleteAllLeavesOthers(t *testing.T) {
	p, r := platform(t, toolstest.Answer{Call: "k3d cluster list", Stdout: listed(t)}, toolstest.Answer{Call: "k3d cluster delete"})
	gone, err := p.DeleteAll(t.Context())
	if err != nil || !slices.Equal(gone, []string{"ours"}) {
		t.Errorf("deleted %v, %v", gone, err)
	}
	if strings.Contains(r.Transcript(), "theirs") {
		t.Errorf("somebody else's was touched:\n%s", r.Transcript())
	}
	if err := p.Delete(t.Context(), "theirs"); err == nil || !strings.Contains(err.Error(), "not made by this tool") {
		t.Errorf("deleting somebody else's: %v", err)
	}
	if err := p.Delete(t.Context(), "absent"); err != nil {
		t.Errorf("deleting what is absent: %v", err)
	}
}

const stopped = "FATA[0000] runtime failed to list nodes: docker failed to get containers with labels 'map[app:k3d]': failed to list containers: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running? \n"

// Removing another platform's cluster must not fail on a machine without k3d or Docker.
func TestListWithoutTools(t *testing.T) {
	p, _ := platform(t, toolstest.Answer{Call: "k3d cluster list", Exit: 1, Stderr: stopped})
	if names, err := p.List(t.Context()); err != nil || len(names) > 0 {
		t.Errorf("without Docker: %v, %v", names, err)
	}
	if err := p.State.Record("half"); err != nil {
		t.Fatal(err)
	}
	if names, err := p.List(t.Context()); err == nil || !slices.Equal(names, []string{"half"}) {
		t.Errorf("without Docker, with a record: %v, %v", names, err)
	}
	r := toolstest.New(t, nil)
	p = New(Options{State: tools.State{Dir: t.TempDir()}, Cache: t.TempDir(), Runner: r})
	if names, err := p.List(t.Context()); err != nil || len(names) > 0 {
		t.Errorf("without k3d: %v, %v", names, err)
	}
}

func TestReady(t *testing.T) {
	for name, row := range map[string]struct {
		answer toolstest.Answer
		want   string
	}{
		"running": {toolstest.Answer{Stdout: "28.2.2\n"}, ""},
		"stopped": {toolstest.Answer{Exit: 1, Stderr: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"}, "Docker is not running"},
		"refused": {toolstest.Answer{Exit: 1, Stderr: "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\n"}, "this user may not use Docker"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", "")
			row.answer.Call = "docker version"
			p, _ := platform(t, row.answer)
			problems := strings.Join(p.Ready(t.Context()), "; ")
			if (problems == "") != (row.want == "") || !strings.HasPrefix(problems, row.want) {
				t.Errorf("got %q, want %q", problems, row.want)
			}
		})
	}
}

func TestParseClusters(t *testing.T) {
	clusters, err := parseClusters([]byte(listed(t)))
	if err != nil || len(clusters) != 2 || len(clusters[0].Nodes) != 2 || clusters[0].Nodes[0].Name != "k3d-ours-server-0" {
		t.Errorf("got %+v, %v", clusters, err)
	}
	for _, broken := range []string{"", "{}", `[{"nodes":[]}]`, "WARN[0000] something\n[]"} {
		if clusters, err := parseClusters([]byte(broken)); err == nil {
			t.Errorf("%q: got %+v", broken, clusters)
		}
	}
}

func FuzzParseClusters(f *testing.F) {
	f.Add([]byte(listed(f)))
	f.Add([]byte(`[{"name":"x","nodes":null}]`))
	f.Fuzz(func(t *testing.T, out []byte) {
		clusters, err := parseClusters(out)
		if err != nil && clusters != nil {
			t.Errorf("both %+v and %v", clusters, err)
		}
		for _, c := range clusters {
			if c.Name == "" {
				t.Error("a cluster without a name")
			}
		}
	})
}
