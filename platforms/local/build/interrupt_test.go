package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fifo makes a named pipe.
func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// started opens a named pipe and waits until a build writes a line to it. The rest of the pipe ends when the last
// process that has it open ends.
func started(t *testing.T, path string) io.Reader {
	t.Helper()
	pipe, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	reader := bufio.NewReader(pipe)
	if line, err := reader.ReadString('\n'); err != nil || line != "started\n" {
		t.Fatalf("want the build to start, got %q, %v", line, err)
	}
	return reader
}

// awaitEnd waits until no process has the pipe open any more.
func awaitEnd(t *testing.T, pipe io.Reader) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, pipe)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second): // the processes would sleep for ten minutes
		t.Error("processes of the build are still there")
	}
}

func TestCancellingEndsAllProcesses(t *testing.T) {
	pipe := fifo(t)
	// The sleep is a grandchild, as compilers are of go build.
	command, _ := wrappedGo(t, `if [ $1 = build ]; then exec 3> `+pipe+`; echo started >&3; sleep 600 & wait; fi`)
	o := Options{Cache: t.TempDir(), goCommand: command}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := buildAll(ctx, o, tiny("first", "one"))
		result <- err
	}()
	running := started(t, pipe)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got: %v", err)
	}
	awaitEnd(t, running)
	if left := unfinishedPlaces(t, o.Cache); left != nil {
		t.Errorf("left unfinished: %v", left)
	}
	if _, err := buildAll(t.Context(), Options{Cache: o.Cache}, tiny("first", "one")); err != nil {
		t.Errorf("building after an interruption: %v", err)
	}
}

// TestBuildThatIsKilled is the process that the next test kills.
func TestBuildThatIsKilled(t *testing.T) {
	root, command := os.Getenv("KILLED_BUILD_CACHE"), os.Getenv("KILLED_BUILD_GO")
	if root == "" {
		t.Skip("runs only as a child of TestKillingTheRunner")
	}
	_, err := buildAll(t.Context(), Options{Cache: root, goCommand: command}, tiny("first", "one"))
	t.Fatal("the build ended: ", err)
}

func TestKillingTheRunner(t *testing.T) {
	pipe, root := fifo(t), t.TempDir()
	command, _ := wrappedGo(t, `if [ $1 = build ]; then exec 3> `+pipe+`; echo started >&3; exec sleep 600; fi`)
	runner := exec.Command(os.Args[0], "-test.run=^TestBuildThatIsKilled$")
	runner.Env = append(os.Environ(), "KILLED_BUILD_CACHE="+root, "KILLED_BUILD_GO="+command)
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	running := started(t, pipe)
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait() // was killed, which is an error
	awaitEnd(t, running)
	if left := unfinishedPlaces(t, root); len(left) != 1 {
		t.Errorf("a killed runner leaves one unfinished directory, not %v", left)
	}
	dirs, err := buildAll(t.Context(), Options{Cache: root}, tiny("first", "another"))
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, filepath.Join(dirs[0], "bin", "first")); got != "another" {
		t.Errorf("the program prints %q", got)
	}
	if left := unfinishedPlaces(t, root); left != nil {
		t.Errorf("the next build leaves %v", left)
	}
}

func TestASecondRunnerWaits(t *testing.T) {
	pipe, gate := fifo(t), fifo(t)
	command, log := wrappedGo(t, `if [ $1 = build ]; then (echo started > `+pipe+`); cat `+gate+`; fi`)
	root := t.TempDir()
	waiting := make(chan struct{}, 1)
	options := Options{Cache: root, goCommand: command, Progress: func(format string, args ...any) {
		if strings.Contains(fmt.Sprintf(format, args...), "first: another process is building it") {
			waiting <- struct{}{}
		}
	}}
	type result struct {
		dirs []string
		err  error
	}
	results := make(chan result, 2)
	run := func() {
		dirs, err := buildAll(t.Context(), options, tiny("first", "one"))
		results <- result{dirs, err}
	}
	go run()
	started(t, pipe)
	go run()
	<-waiting
	open, err := os.OpenFile(gate, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	open.Close()
	one, other := <-results, <-results
	if err := errors.Join(one.err, other.err); err != nil {
		t.Fatal(err)
	}
	if one.dirs[0] != other.dirs[0] {
		t.Errorf("two runners got %s and %s", one.dirs[0], other.dirs[0])
	}
	if got, want := verbs(t, log), "list 1, build 1"; got != want {
		t.Errorf("two runners together called go: %s, want %s", got, want)
	}
}

func TestWaitingCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := cache{root: t.TempDir()}
	lock, err := c.lock(ctx, "first")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	c.say = func(string, ...any) { cancel() }
	if _, _, err := c.reserve(ctx, "first", "key"); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got: %v", err)
	}
}
