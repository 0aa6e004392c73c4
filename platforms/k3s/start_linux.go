package k3s

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// record is what Delete has to know. It is written before anything starts.
type record struct {
	Init process.Identity `json:"init"`
	K3s  string           `json:"k3s"`  // path of the program
	Made []string         `json:"made"` // directories of the machine that were made to mount on
	// Groups are the control groups that were not there before, and so are k3s'.
	Groups []string `json:"groups"`
}

// start runs k3s below an init of its own, which outlives this process. Its end cancels, with what it said last.
func (p *Platform) start(name, k3s string, cancel context.CancelCauseFunc) error {
	dir := p.State.Of(name)
	log, err := os.Create(filepath.Join(dir, logFile))
	if err != nil {
		return fmt.Errorf("starting k3s: %w", err)
	}
	defer log.Close()
	begin, begun, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("starting k3s: %w", err)
	}
	defer begun.Close()
	cmd := &exec.Cmd{
		Path: p.self, Args: []string{initName, dir, k3s}, Stdout: log, Stderr: log, ExtraFiles: []*os.File{begin},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setsid: true},
	}
	err = cmd.Start()
	_ = begin.Close()
	if err != nil {
		return fmt.Errorf("starting k3s in namespaces of its own: %w", err)
	}
	go func() {
		err := cmd.Wait()
		cancel(tools.Explain(&tools.Failure{Command: "k3s server", Err: fmt.Errorf("it ended: %w", err), Output: end(log.Name())}, causes()))
	}()
	if err := p.remember(name, k3s, cmd.Process.Pid); err != nil {
		return err // the init ends with the pipe
	}
	if _, err := begun.Write([]byte{1}); err != nil {
		return fmt.Errorf("starting k3s: %w", err)
	}
	return nil
}

// remember writes the record, and only then makes what the record tells of.
func (p *Platform) remember(name, k3s string, pid int) error {
	id, err := process.Of(pid)
	if err != nil {
		return fmt.Errorf("recording k3s: %w", err)
	}
	made, err := mountPoints()
	if err != nil {
		unmake(made)
		return err
	}
	raw, err := json.MarshalIndent(record{Init: id, K3s: k3s, Made: made, Groups: absent(groups)}, "", "  ")
	if err != nil {
		return fmt.Errorf("recording k3s: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.State.Of(name), recordFile), raw, 0o600); err != nil {
		unmake(made)
		return fmt.Errorf("recording k3s: %w", err)
	}
	return nil
}

func (p *Platform) recall(name string) (r record, err error) {
	raw, err := os.ReadFile(filepath.Join(p.State.Of(name), recordFile))
	if err != nil {
		return r, fmt.Errorf("reading the record of cluster %s: %w", name, err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("reading the record of cluster %s: %w", name, err)
	}
	return r, nil
}

// appears waits for a file that k3s writes when it is far enough.
func appears(ctx context.Context, path string) error {
	const look = 100 * time.Millisecond
	err := wait.PollUntilContextCancel(ctx, look, true, func(context.Context) (bool, error) {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for k3s: %w", context.Cause(ctx))
	}
	return nil
}

// end is what a log ends with.
func end(path string) string {
	const enough = 4096
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > enough {
		_, _ = file.Seek(-enough, io.SeekEnd)
	}
	raw, err := io.ReadAll(file)
	if err != nil {
		return ""
	}
	return tools.Last(string(bytes.ToValidUTF8(raw, nil)))
}
