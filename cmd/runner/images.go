package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newImagesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "images",
		Short: "Prepare what runs need",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newImagesBuildCommand())
	return command
}

func newImagesBuildCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "build",
		Short: "Build every binary and image of the local platform into the cache, as the first run would",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.complete()
			o.images = "built"
			r, err := newRun(o, purpose{})
			if err != nil {
				return err
			}
			if err := r.preflight(cmd.Context()); err != nil {
				return usageError{err}
			}
			if err := r.provide(cmd.Context()); err != nil {
				return err
			}
			r.console.rest()
			for _, archive := range r.kubernetes.Images {
				fmt.Fprintln(cmd.OutOrStdout(), archive)
			}
			return nil
		},
	}
	command.Flags().StringVar(&o.cache, "cache", "", "directory of built binaries and images")
	o.reportDir = "conformance-report"
	return command
}
