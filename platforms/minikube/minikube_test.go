package minikube

import (
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

const (
	// As minikube 1.38 prints it with --light.
	listed = `{"invalid":[{"Name":"broken","Status":"","Config":null,"Active":false,"ActiveKubeContext":false}],"valid":[{"Name":"theirs","Status":"","Config":{"Name":"theirs","KeepContext":false,"Driver":"docker","KubernetesConfig":{"KubernetesVersion":"v1.34.0","ClusterName":"theirs","ContainerRuntime":"docker"},"Nodes":[{"Name":"","IP":"192.168.49.2","Port":8443,"KubernetesVersion":"v1.34.0","ContainerRuntime":"docker","ControlPlane":true,"Worker":true}]},"Active":false,"ActiveKubeContext":true}]}`
	none   = `{"invalid":[],"valid":[]}`
	one    = `{"Name":"ours","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Configured","Worker":false}`
	two    = `[{"Name":"ours","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Configured","Worker":false},{"Name":"ours-m02","Host":"Running","Kubelet":"Stopped","APIServer":"Irrelevant","Kubeconfig":"Irrelevant","Worker":true}]`
)

func platform(t *testing.T, root bool, answers ...toolstest.Answer) (*Platform, *toolstest.Recorder) {
	t.Helper()
	r := toolstest.New(t, []string{"minikube", "docker"},
		append([]toolstest.Answer{{Call: "minikube version", Stdout: "v1.38.1\n"}}, answers...)...)
	state := tools.State{Dir: t.TempDir()}
	r.Hide(state.Dir, "STATE")
	p := New(Options{State: state, Runner: r})
	p.root = root
	return p, r
}

// The whole life of a cluster: every argument, the environment, every file.
func TestLife(t *testing.T) {
	for name, row := range map[string]struct {
		spec   platforms.Spec
		root   bool
		status string
	}{
		"default": {platforms.Spec{Name: "ours"}, false, two},
		"bare":    {platforms.Spec{Name: "ours", Nodes: 1, DisableCNI: true, DisableKubeProxy: true}, true, one},
	} {
		t.Run(name, func(t *testing.T) {
			url, kubeconfig := toolstest.API(t, []corev1.Node{toolstest.Node("ours", true, !row.spec.DisableCNI), toolstest.Node("ours-m02", false, true)})
			var p *Platform
			p, r := platform(t, row.root,
				toolstest.Answer{Call: "minikube profile list", Stdout: none},
				toolstest.Answer{Call: "minikube start", Do: func(tools.Command) {
					if err := os.WriteFile(p.State.Kubeconfig("ours"), []byte(kubeconfig), 0o600); err != nil {
						t.Error(err)
					}
				}},
				toolstest.Answer{Call: "minikube image load"},
				toolstest.Answer{Call: "minikube status", Stdout: row.status, Exit: 2},
				toolstest.Answer{Call: "minikube logs"},
				toolstest.Answer{Call: "minikube delete"},
			)
			archives, logs := t.TempDir(), t.TempDir()
			r.Hide(url, "URL")
			r.Hide(archives, "ARCHIVES")
			r.Hide(logs, "LOGS")
			r.Note("create")
			cluster, err := p.Create(t.Context(), row.spec)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(cluster.Nodes, []string{"ours", "ours-m02"}) {
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
		"another's profile":        {platforms.Spec{Name: "theirs"}, true, "a profile that this tool did not make: choose another --name"},
		"another's broken profile": {platforms.Spec{Name: "broken"}, true, "a profile that this tool did not make"},
		"one being made right now": {platforms.Spec{Name: "busy"}, true, "another runner is creating or deleting it"},
		"too many nodes":           {platforms.Spec{Name: "new", Nodes: 6}, false, "6 nodes: minikube makes 1 to 5"},
		"too short":                {platforms.Spec{Name: "x"}, false, "at least two characters"},
		"a flag for a name":        {platforms.Spec{Name: "--all"}, false, `cluster name "--all"`},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := platform(t, false, toolstest.Answer{Call: "minikube profile list", Stdout: listed})
			unlock, err := p.State.TryLock("busy")
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			_, err = p.Create(t.Context(), row.spec)
			if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, platforms.ErrExists) != row.exists {
				t.Errorf("got %v\nwant %s, ErrExists %v", err, row.want, row.exists)
			}
			if strings.Contains(r.Transcript(), "start") || strings.Contains(r.Transcript(), "delete") || p.State.Has(row.spec.Name) {
				t.Errorf("something was done:\n%s", r.Transcript())
			}
			if err := p.Delete(t.Context(), "theirs"); err != nil || strings.Contains(r.Transcript(), "delete") {
				t.Errorf("somebody else's was touched: %v\n%s", err, r.Transcript())
			}
		})
	}
}

func TestCreateAgain(t *testing.T) {
	p, _ := platform(t, false, toolstest.Answer{Call: "minikube profile list", Stdout: listed})
	if err := p.State.Record("theirs"); err != nil { // ours after all
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), platforms.Spec{Name: "theirs"}); !errors.Is(err, platforms.ErrExists) || !strings.Contains(err.Error(), "runner down theirs") {
		t.Errorf("got %v", err)
	}
}

// What minikube writes when it fails, and what becomes of it.
func TestCreateFailures(t *testing.T) {
	for name, row := range map[string]struct{ stderr, want string }{
		"docker stopped": {"X Exiting due to PROVIDER_DOCKER_NOT_RUNNING: \"docker version --format <no value>-<no value>:<no value>\" exit status 1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n* Suggestion: Start the Docker service\n",
			"Docker is not running: start it, or set DOCKER_HOST"},
		"no permission": {"X Exiting due to PROVIDER_DOCKER_NEWGRP: \"docker version\" exit status 1: permission denied while trying to connect to the Docker daemon socket\n* Suggestion: Add your user to the 'docker' group\n",
			"this user may not use Docker"},
		"root":      {"X Exiting due to DRV_AS_ROOT: The \"docker\" driver should not be used with root privileges.\n", "minikube refuses to use Docker as root"},
		"cores":     {"X Exiting due to RSRC_INSUFFICIENT_CORES: Docker has less than 2 CPUs available, but Kubernetes requires at least 2 to be available\n", "minikube wants two processors"},
		"memory":    {"X Exiting due to RSRC_INSUFFICIENT_CONTAINER_MEMORY: docker only has 981MiB available, less than the required 1800MiB for Kubernetes\n", "minikube wants about 2 GB of memory a node"},
		"too old":   {"X Exiting due to K8S_NEW_UNSUPPORTED: Kubernetes 1.35.1 is not supported by this release of minikube\n", "this version of minikube does not know Kubernetes v1.35.1: install v1.36.0 or newer"},
		"too slow":  {"X Exiting due to GUEST_START: failed to start node: wait 6m0s for node: wait for apiserver proc: timed out waiting for the condition\n", "Kubernetes did not come up in time"},
		"port":      {"X Exiting due to GUEST_PROVISION: error provisioning guest: Failed to start host: creating host: create: creating: create kic node: Bind for 127.0.0.1:32772 failed: port is already allocated\n", "a port that the cluster needs is taken"},
		"offline":   {"X Exiting due to INET_DOWNLOAD_TIMEOUT: failed to download kic base image\n", "something cannot be downloaded: check the network"},
		"unforseen": {"X Exiting due to MK_SEMVER_PARSE: oops\n", "exit status 80: X Exiting due to MK_SEMVER_PARSE: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := platform(t, false,
				toolstest.Answer{Call: "minikube profile list", Stdout: none},
				toolstest.Answer{Call: "minikube start", Exit: 80, Stderr: row.stderr},
				toolstest.Answer{Call: "minikube delete"})
			_, err := p.Create(t.Context(), platforms.Spec{Name: "new"})
			if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, platforms.ErrExists) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
			if names, err := p.List(t.Context()); err != nil || !slices.Equal(names, []string{"new"}) {
				t.Errorf("what may be left is not listed: %v, %v", names, err)
			}
			if gone, err := p.DeleteAll(t.Context()); err != nil || !slices.Equal(gone, []string{"new"}) {
				t.Errorf("deleted %v, %v", gone, err)
			}
		})
	}
}

// The runtime that is asked for has a directory, and the profile's is not taken for it.
func TestValues(t *testing.T) {
	if got := Values()["cni"]["cniNetnsDir"]; got != "/var/run/netns" {
		t.Errorf("containerd's network namespaces in %v", got)
	}
}

func TestParse(t *testing.T) {
	if names, err := parseProfiles([]byte(listed)); err != nil || !slices.Equal(names, []string{"theirs", "broken"}) {
		t.Errorf("got %v, %v", names, err)
	}
	for _, broken := range []string{"", "[]", `{"valid":[{"Name":""}]}`, `{"error":{"Op":"open","Path":"/home/u/.minikube/profiles","Err":13}}`} {
		if names, err := parseProfiles([]byte(broken)); err == nil {
			t.Errorf("%q: got %v", broken, names)
		}
	}
	nodes, err := parseStatus([]byte(two))
	if err != nil || len(nodes) != 2 || nodes[1].String() != "ours-m02: host Running, kubelet Stopped, API server Irrelevant" {
		t.Errorf("got %v, %v", nodes, err)
	}
	for _, broken := range []string{"", "[]", "{}", `{"Name":"../x"}`, "* Profile \"x\" not found.\n"} {
		if nodes, err := parseStatus([]byte(broken)); err == nil {
			t.Errorf("%q: got %v", broken, nodes)
		}
	}
}

func FuzzParseProfiles(f *testing.F) {
	f.Add([]byte(listed))
	f.Add([]byte(none))
	f.Fuzz(func(t *testing.T, out []byte) {
		names, err := parseProfiles(out)
		if slices.Contains(names, "") || err != nil && names != nil {
			t.Errorf("got %q, %v", names, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(one))
	f.Add([]byte(two))
	f.Fuzz(func(t *testing.T, out []byte) {
		nodes, err := parseStatus(out)
		if (err == nil) != (len(nodes) > 0) {
			t.Errorf("got %v, %v", nodes, err)
		}
		for _, node := range nodes {
			if strings.ContainsAny(node.Name, "/\\.\x00") {
				t.Errorf("%q becomes part of a path", node.Name)
			}
		}
	})
}
