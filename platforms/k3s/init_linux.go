package k3s

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// initName is what the first process of a cluster's namespaces is called: initName DIR K3S.
const initName = "ambient-k3s-init"

// startFD gets one byte once the init has been recorded; its end without one means that nobody would ever delete it.
const startFD = 3

// IsInit says whether the program was started as the init of a cluster and must call RunInit, and nothing else.
func IsInit(args []string) bool { return len(args) == 3 && args[0] == initName }

// RunInit lives as long as k3s does, and returns the exit status.
func RunInit(args []string) int {
	unix.CloseOnExec(startFD)
	if _, err := io.ReadFull(os.NewFile(startFD, "start"), make([]byte, 1)); err != nil {
		return 0
	}
	// A process list that shows no arguments would call it "exe".
	_ = os.WriteFile("/proc/self/comm", []byte(initName), 0)
	unix.Umask(0o022)
	status, err := live(args[1], args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return status
}

func live(dir, k3s string) (int, error) {
	if err := isolate(dir); err != nil {
		return 1, err
	}
	child, err := os.StartProcess(k3s, append([]string{"k3s"}, serverArgs(dir)...), &os.ProcAttr{
		Dir: "/", Env: environment(os.Environ()), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return 1, fmt.Errorf("starting k3s: %w", err)
	}
	return reap(child.Pid)
}

// reap collects every process that dies, orphans of containers too, until k3s itself has.
func reap(k3s int) (int, error) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 1, fmt.Errorf("waiting for k3s: %w", err)
		case pid == k3s && status.Signaled():
			return 1, fmt.Errorf("k3s was ended by signal %v", status.Signal())
		case pid == k3s:
			return status.ExitStatus(), fmt.Errorf("k3s ended with status %d", status.ExitStatus())
		}
	}
}

// isolate mounts the cluster's own directories where k3s expects its, for this mount namespace only. What is mounted on
// the machine later still arrives here; nothing of ours gets there. Within, mounts are shared, as kubelets need it.
func isolate(dir string) error {
	for _, propagation := range []uintptr{unix.MS_SLAVE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", propagation|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("keeping mounts apart: %w", err)
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	for _, d := range directories {
		if err := unix.Mount(filepath.Join(dir, d[1]), d[0], "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", d[0], err)
		}
	}
	return nil
}
