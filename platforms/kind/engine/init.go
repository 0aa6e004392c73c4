//go:build linux

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/util/wait"
)

const socket = "/run/docker.sock"

// RunInit is the first process of the namespaces: it starts the engine, runs the command, and returns what the command
// returned. When it ends, the kernel ends everything else.
func RunInit(ctx context.Context, encoded string) error {
	var p plan
	if err := json.Unmarshal([]byte(encoded), &p); err != nil {
		return fmt.Errorf("reading the engine's plan: %w", err)
	}
	if os.Getpid() != 1 {
		return errors.New("the engine's init is started by `runner engine run` only")
	}
	if err := furnish(p); err != nil {
		return err
	}
	daemon, err := startDaemon(p)
	if err != nil {
		return err
	}
	if err := awaitDaemon(ctx, daemon, p.Home); err != nil {
		return err
	}
	return runCommand(p)
}

// furnish makes the namespaces a place for an engine.
func furnish(p plan) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating mounts from the machine's: %w", err)
	}
	for target, kind := range map[string]string{"/proc": "proc", "/run": "tmpfs"} {
		if err := unix.Mount(kind, target, kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", target, err)
		}
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("looking for lo: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("setting lo up: %w", err)
	}
	if err := answerNames(lo); err != nil {
		return err
	}
	return os.Setenv("PATH", p.Bin+":"+os.Getenv("PATH"))
}

// startDaemon starts dockerd, out of reach of the terminal's interrupts: the command needs it to clean up.
func startDaemon(p plan) (<-chan error, error) {
	log, err := os.Create(filepath.Join(p.Home, "dockerd.log"))
	if err != nil {
		return nil, fmt.Errorf("creating the engine's log: %w", err)
	}
	defer log.Close()
	daemon := exec.Command("dockerd",
		"--host", "unix://"+socket,
		"--data-root", filepath.Join(p.Home, "data"),
		"--exec-root", "/run/docker",
		"--pidfile", "/run/docker.pid",
		"--cgroup-parent", "/"+p.Cgroup,
		"--dns", resolver,
		"--userland-proxy=false", // the packet filter forwards ports; the proxy is a program more
		"--ip6tables=false",
	)
	daemon.Stdout, daemon.Stderr = log, log
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := daemon.Start(); err != nil {
		return nil, fmt.Errorf("starting dockerd: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	return ended, nil
}

// awaitDaemon returns when the engine's socket answers.
func awaitDaemon(ctx context.Context, ended <-chan error, home string) error {
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		select {
		case err := <-ended:
			return false, fmt.Errorf("dockerd has ended: %w", errors.Join(err, os.ErrProcessDone))
		default:
		}
		connection, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err != nil {
			return false, nil
		}
		return true, connection.Close()
	})
	if err != nil {
		return fmt.Errorf("waiting for the engine: %w; its log is %s", err, filepath.Join(home, "dockerd.log"))
	}
	return nil
}

// runCommand runs the command to its end, passing on what this process is asked to do.
func runCommand(p plan) error {
	command := exec.Command(p.Command[0], p.Command[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(), "DOCKER_HOST=unix://"+socket)
	requests := make(chan os.Signal, 1)
	// The terminal interrupts the command itself; what is caught here must not end this process before it.
	signal.Notify(requests, syscall.SIGTERM, syscall.SIGINT)
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.Command[0], err)
	}
	go func() {
		for request := range requests {
			if request == syscall.SIGTERM {
				_ = command.Process.Signal(request) // one that has ended needs none
			}
		}
	}()
	return command.Wait()
}
