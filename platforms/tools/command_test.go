package tools

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// program writes an executable script; commands themselves never go through a shell.
func program(t *testing.T, text string) string {
	t.Helper()
	path := t.TempDir() + "/program"
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExec(t *testing.T) {
	var both bytes.Buffer
	path := program(t, `echo "$#:$1:$EXTRA"; cat; echo aside >&2`)
	out, err := Exec{}.Run(t.Context(), Command{
		Path: path, Args: []string{"a b;$(id)*"}, Env: []string{"EXTRA=more"}, Stdin: []byte("input\n"),
	}, &both)
	if err != nil || string(out) != "1:a b;$(id)*:more\ninput\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if !strings.Contains(both.String(), "aside") || !strings.Contains(both.String(), "input") {
		t.Errorf("not both streams were copied: %q", both.String())
	}
}

func TestExecFailures(t *testing.T) {
	for name, row := range map[string]struct{ script, want string }{
		"standard error":  {"echo first; echo 'no such thing' >&2; exit 3", "running program -x: exit status 3: no such thing"},
		"standard output": {"echo only here; exit 1", "running program -x: exit status 1: only here"},
		"silence":         {"exit 2", "running program -x: exit status 2"},
		"colours":         {`printf '\033[31mFATA\033[0m[0000] broken \n' >&2; exit 1`, "running program -x: exit status 1: FATA[0000] broken"},
		"last lines":      {"i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo line $i >&2; done; exit 1", "exit status 1: line 893; line 894; line 895; line 896; line 897; line 898; line 899; line 900"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Exec{}.Run(t.Context(), Command{Path: program(t, row.script), Args: []string{"-x"}})
			if err == nil || !strings.HasSuffix(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
	if _, err := (Exec{}).Run(t.Context(), Command{Path: t.TempDir() + "/none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}

// The program is interrupted, so that it can clean up, and the error says who wanted the end.
func TestExecHonoursContext(t *testing.T) {
	interrupted := errors.New("somebody pressed a key")
	ctx, cancel := context.WithCancelCause(t.Context())
	marks := t.TempDir()
	path := program(t, "trap 'touch "+marks+"/cleaned; exit 1' INT; touch "+marks+"/started; while :; do sleep 0.05; done")
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(marks + "/started"); err == nil {
				cancel(interrupted)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, err := Exec{}.Run(ctx, Command{Path: path})
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(marks + "/cleaned"); err != nil {
		t.Errorf("it could not clean up: %v", err)
	}
}

func TestExplain(t *testing.T) {
	sentinel := errors.New("sentinel")
	causes := []Cause{
		{Output: regexp.MustCompile("taken"), Remedy: "end what listens there", Is: sentinel},
		{Output: regexp.MustCompile("t"), Remedy: "whatever"},
	}
	failure := &Failure{Command: "k3d x", Err: errors.New("exit status 1"), Output: "port is taken"}
	err := Explain(failure, causes)
	if !errors.Is(err, sentinel) || !strings.HasPrefix(err.Error(), "end what listens there: ") || !strings.Contains(err.Error(), "port is taken") {
		t.Errorf("got %v", err)
	}
	canceled := &Failure{Command: "k3d x", Err: context.Canceled, Output: "port is taken"}
	if err := Explain(canceled, causes); err != error(canceled) {
		t.Errorf("an interruption was explained: %v", err)
	}
	if err := Explain(nil, causes); err != nil {
		t.Errorf("no error was explained: %v", err)
	}
}

// Messages as Docker's client, k3d and minikube pass them on.
func TestDockerCauses(t *testing.T) {
	for output, want := range map[string]string{
		"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?":                                                                 "Docker is not running",
		"permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied":  "this user may not use Docker",
		"permission denied while trying to connect to the docker API at unix:///var/run/docker.sock":                                                                        "this user may not use Docker",
		"Error response from daemon: driver failed programming external connectivity on endpoint k3d-x-server-0: Bind for 127.0.0.1:6550 failed: port is already allocated": "a port that the cluster needs is taken",
		"listen tcp4 127.0.0.1:6550: bind: address already in use":                                                                                                          "a port that the cluster needs is taken",
		"write /var/lib/docker/tmp/GetImageBlob123: no space left on device":                                                                                                "the disk that Docker keeps its data on is full",
		"docker failed to pull image 'rancher/k3s:v1.35.5-k3s1': failed to do request: dial tcp: lookup registry-1.docker.io: no such host":                                 "an image cannot be pulled",
		"toomanyrequests: You have reached your unauthenticated pull rate limit.":                                                                                           "the registry refuses further pulls",
	} {
		err := Explain(&Failure{Command: "x", Err: errors.New("exit status 1"), Output: output}, DockerCauses())
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\nexplained as %v\nwant          %s", output, err, want)
		}
	}
}
