//go:build linux

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

// Exec runs a command in the namespaces of a node, for diagnostics: argv as the node's root file system has it, the
// components' binaries first. It returns what the command wrote to its standard output; the error tells the rest.
func (p *Platform) Exec(ctx context.Context, cluster, name string, argv ...string) ([]byte, error) {
	return p.enter(ctx, cluster, name, nil, argv...)
}

func (p *Platform) enter(ctx context.Context, cluster, name string, stdin io.Reader, argv ...string) ([]byte, error) {
	var id process.Identity
	if err := readJSON(filepath.Join(node.Dir(p.dir(cluster), name), node.IdentityFile), &id); err != nil {
		return nil, fmt.Errorf("entering node %s of cluster %s: %w", name, cluster, err)
	}
	if !id.Alive() {
		return nil, fmt.Errorf("entering node %s of cluster %s: it does not run", name, cluster)
	}
	// nsenter, because the namespaces of mounts and processes can only be entered by a process with one thread.
	args := []string{
		"--target", strconv.Itoa(id.PID), "--mount", "--uts", "--ipc", "--net", "--pid", "--wd=/",
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	var stdout, stderr bytes.Buffer
	// The caller's environment is the machine's, and may hold its secrets.
	cmd.Env = node.Environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	// nsenter forks to enter the PID namespace: a group of their own lets both be ended.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("running %s on node %s: %w%s", strings.Join(argv, " "), name,
			errors.Join(err, context.Cause(ctx)), said(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

func said(stderr []byte) string {
	if stderr = bytes.TrimSpace(stderr); len(stderr) == 0 {
		return ""
	}
	return ": " + string(stderr)
}
