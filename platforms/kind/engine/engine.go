//go:build linux

// Package engine runs a command beside a Docker engine of its own, for machines that have none. Both live in namespaces
// made for them (mounts, network, processes), so that the machine's network and mounts never change, and that the engine
// and all its containers end when the command does, however it ends. Only images stay, in the engine's data directory.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
)

// Options say what to run and where.
type Options struct {
	Bin     string   // directory of dockerd, docker, containerd, containerd-shim-runc-v2 and runc
	Home    string   // directory of the engine's data and log, kept between runs
	Command []string // what to run, with DOCKER_HOST set; a network beyond the engine's it has not
	// Init are the arguments with which this executable calls RunInit.
	Init []string
}

// plan is what the init has to know.
type plan struct {
	Options
	Cgroup string
}

// Run runs the command and returns its error, an *exec.ExitError when it failed. When ctx ends, the command is asked to
// end and has three minutes to clean up. It needs root.
func Run(ctx context.Context, o Options) error {
	if os.Geteuid() != 0 {
		return errors.New("starting a Docker engine needs root: run it with sudo, or use an engine that is installed")
	}
	if err := os.MkdirAll(o.Home, 0o711); err != nil {
		return fmt.Errorf("creating the engine's directory: %w", err)
	}
	lock := flock.New(filepath.Join(o.Home, "lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return fmt.Errorf("claiming %s: another engine runs there: %w", o.Home, errors.Join(err, os.ErrExist))
	}
	defer lock.Close()
	if err := forget(filepath.Join(o.Home, "data")); err != nil {
		return err
	}
	p := plan{Options: o, Cgroup: fmt.Sprintf("ambient-engine-%d", os.Getpid())}
	failure := start(ctx, p)
	groups, err := cgroup.Find()
	if err == nil {
		err = groups.Remove(context.WithoutCancel(ctx), p.Cgroup)
	}
	if failure != nil {
		return failure
	}
	return err
}

// forget removes what an engine that was killed knew of its containers, which it would otherwise start again.
func forget(data string) error {
	for _, dir := range []string{"containers", "network", "volumes"} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			return fmt.Errorf("removing what an earlier engine left: %w", err)
		}
	}
	return nil
}

// start runs this executable as the first process of new namespaces.
func start(ctx context.Context, p plan) error {
	encoded, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding the engine's plan: %w", err)
	}
	init := exec.CommandContext(ctx, "/proc/self/exe", append(p.Init, string(encoded))...)
	init.Stdin, init.Stdout, init.Stderr = os.Stdin, os.Stdout, os.Stderr
	init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGTERM, // when this process is killed, the command still gets to clean up
	}
	init.Cancel = func() error { return init.Process.Signal(syscall.SIGTERM) }
	init.WaitDelay = 3 * time.Minute
	// Pdeathsig is sent when the thread that started the child ends, so this thread must outlive it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return init.Run()
}
