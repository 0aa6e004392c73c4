//go:build linux

package local

import (
	"context"
	"os"
	"testing"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// TestMain lets the test binary be what the runner is to a cluster: its inits, and a runner that can be killed.
func TestMain(m *testing.M) {
	if IsInit(os.Args) {
		os.Exit(RunInit(context.Background(), os.Args))
	}
	if name := os.Getenv(createEnv); name != "" {
		p := New(Options{Artifacts: artifactsFromEnv, StateDir: os.Getenv(stateEnv)})
		if _, err := p.Create(context.Background(), platforms.Spec{Name: name}); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
