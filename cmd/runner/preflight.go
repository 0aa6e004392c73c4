package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newPreflightCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "preflight",
		Short: "Say what this machine lacks for a run, without changing anything",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.complete()
			if err := o.validate(); err != nil {
				return err
			}
			r, err := newRun(o, purpose{})
			if err != nil {
				return err
			}
			if err := r.preflight(cmd.Context()); err != nil {
				return usageError{err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ready for platform %s\n", o.platform)
			return nil
		},
	}
	o.bindCluster(command.Flags())
	o.bindMesh(command.Flags())
	o.output, o.workers, o.reportDir = "text", 1, "conformance-report"
	return command
}
