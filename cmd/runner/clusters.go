package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/attach"
)

func newUpCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "up",
		Short: "Make a cluster with ambient mode in it, leave it running, and print the path of its kubeconfig",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.complete()
			o.keep = true
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
			if err := r.up(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), r.cluster.Kubeconfig)
			return nil
		},
	}
	o.bindCluster(command.Flags())
	o.bindMesh(command.Flags())
	command.Flags().DurationVar(&o.timeout, "timeout", defaultTimeout, "time for everything but building")
	o.output, o.workers, o.reportDir = "text", 1, "conformance-report"
	return command
}

// up makes the cluster and the mesh; what fails halfway is removed again.
func (r *run) up(ctx context.Context) error {
	defer r.lab.Close()
	r.step(ctx, "provide-images", "Getting binaries and images ready", r.equip)
	deadline, stop := r.deadline(ctx)
	defer stop()
	r.step(deadline, "create-platform", r.words().create, r.createPlatform)
	r.step(deadline, "install-mesh", r.words().install, r.installMesh)
	if r.stopped == nil {
		r.sayKept()
		return nil
	}
	if r.foreign != nil {
		return usageError{r.foreign}
	}
	failed := r.stopped
	if !r.begun {
		return failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deletionTimeout)
	defer cancel()
	return errors.Join(failed, r.platform.Delete(ctx, r.name))
}

func newDownCommand() *cobra.Command {
	var all bool
	var o options
	command := &cobra.Command{
		Use:   "down [NAME | --all]",
		Short: "Remove a cluster this tool made, or with --all everything that earlier runs left, killed ones included",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return usageError{errors.New("down: want the name of a cluster, or --all")}
			}
			if !all && o.kubeconfig != "" {
				o.platform = attach.Generic // whichever it is, only what the run made goes
				return o.existing().Delete(cmd.Context(), args[0])
			}
			if !all {
				return remove(cmd.Context(), args[0])
			}
			names, err := removeAll(cmd.Context())
			for _, name := range names {
				fmt.Fprintln(cmd.OutOrStdout(), "removed", name)
			}
			return err
		},
	}
	o.attachment.bindCluster(command.Flags())
	command.Flags().BoolVar(&all, "all", false, "remove every cluster this tool made on this machine")
	return command
}
