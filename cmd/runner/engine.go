package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/kind/engine"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

func newEngineCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "engine",
		Short: "A Docker engine for machines that have none",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newEngineRunCommand(), newEngineInitCommand())
	return command
}

func newEngineRunCommand() *cobra.Command {
	var cache string
	command := &cobra.Command{
		Use:   "run -- COMMAND [ARGUMENT...]",
		Short: "Run a command with a Docker engine of its own, built from modules, that ends with it (Linux, as root)",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			console := newConsole()
			o := build.Options{Cache: cache, Progress: console.note}
			if problems := build.EnginePreflight(cmd.Context(), o); len(problems) > 0 {
				return usageError{errors.New("this machine is not ready:\n  " + strings.Join(problems, "\n  "))}
			}
			set, err := build.Engine(cmd.Context(), o)
			if err != nil {
				return err
			}
			console.rest()
			home, err := o.Root()
			if err != nil {
				return err
			}
			return commandError(engine.Run(cmd.Context(), engine.Options{
				Bin: set.Bin, Home: filepath.Join(home, "engine"), Command: args, Init: []string{"engine", "init"},
			}))
		},
	}
	command.Flags().StringVar(&cache, "cache", "", "directory of built binaries and images, and of the engine's data")
	return command
}

// newEngineInitCommand is what `engine run` starts in the engine's namespaces.
func newEngineInitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init PLAN", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return commandError(engine.RunInit(cmd.Context(), args[0]))
		},
	}
}

// statusError carries the exit code of a command that this one only ran.
type statusError struct{ code int }

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

func commandError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return statusError{exit.ExitCode()}
	}
	return err
}
