//go:build linux

package local

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

// start runs the cluster's init, which from then on lives without us, and returns the pipe its events come from.
func (p *Platform) start(dir string, listener *net.TCPListener) (*os.File, error) {
	shared, err := listener.File()
	if err != nil {
		return nil, fmt.Errorf("sharing the API server's port: %w", err)
	}
	defer shared.Close()
	log, err := os.Create(filepath.Join(dir, clusterLog))
	if err != nil {
		return nil, fmt.Errorf("opening log: %w", err)
	}
	defer log.Close()
	wait, begin, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening start pipe: %w", err)
	}
	defer wait.Close()
	defer begin.Close()
	events, tell, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening event pipe: %w", err)
	}
	defer tell.Close()

	// Not CommandContext: the cluster must survive both this call and this process. It has a session of its own, so that
	// Ctrl-C on the runner's terminal is not meant for it.
	cmd := &exec.Cmd{
		Path:        p.self,
		Args:        []string{node.ClusterInit, dir},
		Dir:         "/",
		Stdout:      log,
		Stderr:      log,
		ExtraFiles:  []*os.File{wait, tell, shared},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: node.Namespaces, Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		events.Close()
		return nil, fmt.Errorf("starting %s: %w", node.ClusterInit, err)
	}
	go func() { _ = cmd.Wait() }() // how it ended is told by its events; here it is only buried
	if err := letGo(dir, cmd.Process.Pid, begin); err != nil {
		events.Close()
		return nil, err
	}
	return events, nil
}

// letGo writes down who the init is before the init does anything: a runner killed in between leaves an init that finds
// the pipe closed, and ends.
func letGo(dir string, pid int, begin *os.File) error {
	id, err := process.Of(pid)
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, node.IdentityFile), id); err != nil {
		return err
	}
	if _, err := begin.Write([]byte{1}); err != nil {
		return fmt.Errorf("letting the cluster's init go on: %w", err)
	}
	return nil
}
