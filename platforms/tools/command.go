// Package tools runs the command-line programs that platforms are made with: it finds or downloads them, runs them
// without a shell, says in a sentence why one failed, and keeps track of the clusters made with them.
package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is one call of a program.
type Command struct {
	Path  string   // of the program
	Args  []string // without the program's name
	Env   []string // KEY=VALUE, in addition to this process's environment
	Stdin []byte   // empty: no standard input
}

// String is the command as a person would type it; arguments are shown, not quoted for a shell.
func (c Command) String() string {
	return strings.Join(append([]string{filepath.Base(c.Path)}, c.Args...), " ")
}

// Runner runs commands. Exec is the one that does; tests record instead.
type Runner interface {
	// Run returns standard output, and a *Failure when the program did not exit with status 0.
	Run(ctx context.Context, c Command, alsoTo ...io.Writer) ([]byte, error)
}

// Failure is a program that did not do what it was asked for.
type Failure struct {
	Command string
	Err     error  // how it ended
	Output  string // the end of what it wrote to standard error, or to standard output when that is empty
}

func (f *Failure) Error() string {
	if f.Output == "" {
		return fmt.Sprintf("running %s: %v", f.Command, f.Err)
	}
	return fmt.Sprintf("running %s: %v: %s", f.Command, f.Err, f.Output)
}

func (f *Failure) Unwrap() error { return f.Err }

// Exec runs commands for real.
type Exec struct{}

// grace is what a program gets to clean up after itself before it is killed.
const grace = 10 * time.Second

// Run interrupts the program when ctx ends, and kills it if it does not listen. Both streams are copied to alsoTo.
func (Exec) Run(ctx context.Context, c Command, alsoTo ...io.Writer) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Env = append(os.Environ(), c.Env...)
	if len(c.Stdin) > 0 {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	var out bytes.Buffer
	errs := &tail{limit: tailBytes}
	both := &inTurn{to: io.MultiWriter(alsoTo...)}
	cmd.Stdout = io.MultiWriter(&out, both)
	cmd.Stderr = io.MultiWriter(errs, both)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = grace
	err := cmd.Run()
	if err == nil {
		return out.Bytes(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause // "signal: interrupt" would hide who interrupted
	}
	said := errs.String()
	if said == "" {
		said = Last(out.String())
	}
	return out.Bytes(), &Failure{Command: c.String(), Err: err, Output: said}
}

// inTurn lets two streams write to one place.
type inTurn struct {
	mu sync.Mutex
	to io.Writer
}

func (w *inTurn) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

const (
	tailBytes = 4096 // of standard error that is kept
	tailLines = 8    // of it that are shown
)

// tail keeps the end of what is written to it.
type tail struct {
	limit int
	kept  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return Last(string(t.kept)) }

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Last is the last few lines of a program's output on one line, without colours.
func Last(output string) string {
	var lines []string
	for line := range strings.Lines(colour.ReplaceAllString(output, "")) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-tailLines):], "; ")
}

// Cause is a failure that a tool is known for: what its output looks like, and what a person can do about it.
type Cause struct {
	Output *regexp.Regexp
	Remedy string
	Is     error // what errors.Is finds in the explained error; may be nil
}

// Explain puts the remedy of the first cause that the tool's output shows in front of its error. An end of the context
// explains itself.
func Explain(err error, causes []Cause) error {
	var failure *Failure
	if !errors.As(err, &failure) || errors.Is(err, context.Canceled) {
		return err
	}
	for _, cause := range causes {
		if !cause.Output.MatchString(failure.Output) {
			continue
		}
		if cause.Is != nil {
			return fmt.Errorf("%s: %w: %w", cause.Remedy, cause.Is, err)
		}
		return fmt.Errorf("%s: %w", cause.Remedy, err)
	}
	return err
}
