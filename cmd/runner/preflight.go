package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/prerequisites"
)

func newPreflightCommand() *cobra.Command {
	var o options
	var revert bool
	command := &cobra.Command{
		Use:   "preflight",
		Short: "Say what this machine, or an existing cluster, lacks for a run, without changing anything unless told to",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.complete()
			if err := o.validate(); err != nil {
				return err
			}
			r, err := newRun(o, purpose{})
			if err != nil {
				return err
			}
			if revert {
				return r.revert(cmd)
			}
			return r.tellReadiness(cmd)
		},
	}
	o.bindCluster(command.Flags())
	o.bindMesh(command.Flags())
	command.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	command.Flags().BoolVar(&revert, "revert-prerequisites", false, "take back what --apply-prerequisites changed in this cluster")
	o.workers, o.reportDir = 1, "conformance-report"
	return command
}

// readiness is what preflight found, for -o json.
type readiness struct {
	Platform      string                  `json:"platform"`
	Ready         bool                    `json:"ready"`
	Problem       string                  `json:"problem,omitempty"`
	Prerequisites []prerequisites.Finding `json:"prerequisites"`
}

// tellReadiness judges, applies what is missing if that was asked for, judges again, and prints the last judgement.
func (r *run) tellReadiness(cmd *cobra.Command) error {
	problem := r.preflight(cmd.Context())
	if problem == nil && r.apply && r.backend.attached {
		cluster, err := r.platform.Create(cmd.Context(), r.spec())
		if err != nil {
			return usageError{err}
		}
		r.cluster = cluster
		if err := r.applyPrerequisites(cmd.Context()); err != nil {
			return err
		}
		r.console.rest()
		problem = r.preflight(cmd.Context())
	}
	found := readiness{Platform: r.options.platform, Ready: problem == nil, Prerequisites: append([]prerequisites.Finding{}, r.found...)}
	if problem != nil {
		found.Problem = problem.Error()
	}
	if err := found.print(cmd.OutOrStdout(), r.output); err != nil {
		return err
	}
	if problem != nil {
		return usageError{problem}
	}
	return nil
}

func (f readiness) print(out io.Writer, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(f)
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, p := range f.Prerequisites {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Name, p.Standing, p.Evidence)
		if p.Remedy != "" {
			fmt.Fprintf(table, "\t\t%s; see %s\n", p.Remedy, p.Documented)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if f.Ready {
		fmt.Fprintf(out, "ready for platform %s\n", f.Platform)
	}
	return nil
}

func (r *run) revert(cmd *cobra.Command) error {
	if !r.backend.attached {
		return usageError{errors.New("--revert-prerequisites is for clusters that exist: name one with --platform and --kubeconfig")}
	}
	done, err := r.revertPrerequisites(cmd.Context())
	r.console.rest()
	if len(done) > 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "reverted", strings.Join(done, ", "))
	} else if err == nil {
		fmt.Fprintln(cmd.OutOrStdout(), "nothing to revert")
	}
	return err
}
