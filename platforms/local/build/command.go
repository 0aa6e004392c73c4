package build

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// tailLines is how much of a failing command's output an error keeps: compilers stop after ten messages per package.
const tailLines = 40

// CommandError is a command that failed, in a form that can be pasted into a shell to see it fail again.
type CommandError struct {
	Command string // with its directory and the environment it was given beside the user's own
	Output  string // the last lines of what it wrote to standard error
	Err     error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%v\n%s\nthe command was: %s", e.Err, e.Output, e.Command)
}

// Unwrap gives the error of the process.
func (e *CommandError) Unwrap() error { return e.Err }

// command is a program to run in a directory.
type command struct {
	dir  string
	env  []string // beside the user's own
	args []string
}

// String is the command for a POSIX shell.
func (c command) String() string {
	return fmt.Sprintf("cd %s && env %s", shellescape.Quote(c.dir), shellescape.QuoteCommand(append(c.env, c.args...)))
}

// run calls output and complaint with each line of standard output and standard error. A complaint that it reports as
// understood stays out of the error. When the context ends, the command and all it started are killed; when this
// process dies, the kernel kills the command.
func (c command) run(ctx context.Context, output func(line string), complaint func(line string) (understood bool)) error {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // for pipes that a grandchild outside the group holds open

	var tail []string
	stdout, finishStdout := lines(output)
	stderr, finishStderr := lines(func(line string) {
		if complaint(line) {
			return
		}
		tail = append(tail, line)
		tail = tail[max(0, len(tail)-tailLines):]
	})
	cmd.Stdout, cmd.Stderr = stdout, stderr

	// Pdeathsig is sent when the thread that started the child ends, so this thread must outlive it.
	runtime.LockOSThread()
	err := cmd.Run()
	runtime.UnlockOSThread()
	finishStdout()
	finishStderr()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &CommandError{Command: c.String(), Output: strings.Join(tail, "\n"), Err: err}
	}
	return nil
}

// lines gives a writer that calls each with the lines written to it, and a function that ends it and waits for the last.
func lines(each func(line string)) (io.Writer, func()) {
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		scanner := bufio.NewScanner(reader)
		scanner.Buffer(nil, 1<<20) // linkers write long lines
		for scanner.Scan() {
			each(scanner.Text())
		}
		// A line longer than that ends the scan; what follows is dropped so that the command is not held up.
		_, _ = io.Copy(io.Discard, reader)
	}()
	return writer, func() {
		writer.Close()
		<-done
	}
}
