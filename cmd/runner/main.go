// Command runner answers one question: does Istio ambient mode really work on this platform, with this CNI?
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"github.com/ambient-conformance/ambient-conformance/platforms/k3s"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// Exit codes, documented in the README. Everything else the runner does ends in one of them.
const (
	exitConformant    = 0
	exitNotConformant = 1
	exitUndecided     = 2
	exitUsage         = 64 // nothing was created
)

func main() {
	// A node of the local platform is this very executable, started again as PID 1 of its own namespaces.
	if local.IsInit(os.Args) {
		os.Exit(local.RunInit(context.Background(), os.Args))
	}
	if k3s.IsInit(os.Args) {
		os.Exit(k3s.RunInit(os.Args))
	}
	// Kubernetes' libraries log what they also return as errors, and would write into our progress.
	klog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRootCommand().ExecuteContext(ctx)
	stop()
	os.Exit(exitCode(err))
}

// usageError is a request that cannot be carried out as it stands. Nothing was created when it is returned.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// verdictError carries a finished run's verdict to the exit code; the report has said the rest.
type verdictError struct{ verdict reports.Verdict }

func (e verdictError) Error() string { return string(e.verdict) }

// exitCode prints an error once, here and nowhere else, and turns it into the exit code.
func exitCode(err error) int {
	var usage usageError
	var verdict verdictError
	var status statusError
	switch {
	case err == nil:
		return exitConformant
	case errors.As(err, &status):
		return status.code
	case errors.As(err, &verdict):
		return verdict.verdict.ExitCode()
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "runner: %v\n", err)
	return exitUndecided
}
