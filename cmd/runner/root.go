package main

import (
	"github.com/spf13/cobra"
)

const longHelp = `runner makes a cluster, installs Istio ambient mode in it, deploys workloads and proves, check by check, that health
checks, mutual TLS and policy work there. It leaves a report: JUnit for CI, JSON for a release gate, HTML for people.

Exit codes: 0 conformant, 1 not conformant, 2 could not tell, 64 usage (nothing was created).`

func newRootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:           "runner [--platform P] [--cni C]",
		Short:         "Find out whether Istio ambient mode works on a platform",
		Long:          longHelp,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return qualify(cmd, o) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	o.bindCluster(root.Flags())
	o.bindMesh(root.Flags())
	o.bindSelection(root.Flags())
	o.bindRun(root.Flags(), "conformance-report")
	root.AddCommand(newListCommand(), newPreflightCommand(), newRBACCommand(), newProveCommand(), newUpCommand(), newDownCommand(),
		newImagesCommand(), newReportCommand(), newEngineCommand(), newMatrixCommand(), newAblateCommand())
	for _, command := range root.Commands() {
		if command.Args == nil {
			command.Args = cobra.NoArgs
		}
		wrapArgs(command)
	}
	wrapArgs(root)
	return root
}

// wrapArgs makes a wrong number of arguments a usage error, as a wrong flag is.
func wrapArgs(command *cobra.Command) {
	check := command.Args
	command.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
	for _, sub := range command.Commands() {
		if sub.Args == nil {
			sub.Args = cobra.NoArgs
		}
		wrapArgs(sub)
	}
}
