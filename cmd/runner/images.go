package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
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
	var kindNode bool
	var output string
	command := &cobra.Command{
		Use:   "build",
		Short: "Build every binary and image of the local platform into the cache, as the first run would",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kindNode {
				return buildKindNode(cmd, o.cache, output)
			}
			if output != "" {
				return usageError{errors.New("images build: --output is for --kind-node")}
			}
			o.platform = "local"
			o.complete()
			o.images = "built"
			if !slices.Contains(cni.Names(), o.cni) {
				return usageError{fmt.Errorf("unknown CNI variant %q: choose one of %s", o.cni, strings.Join(cni.Names(), ", "))}
			}
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
	command.Flags().StringVar(&o.cni, "cni", cni.Default, "build what this CNI variant needs as well: "+strings.Join(cni.Names(), ", "))
	command.Flags().BoolVar(&kindNode, "kind-node", false, "build a node image for kind from the same binaries instead (needs mmdebstrap, as root)")
	command.Flags().StringVarP(&output, "output", "o", "", "with --kind-node: file to copy the archive to")
	o.reportDir = "conformance-report"
	return command
}
