package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/reports"
)

func newProveCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "prove",
		Short: "Run every check against conditions broken on purpose, and demand that it goes red",
		Long: `prove runs each selected check once for each of its breaks: deliberate sabotage, limited to the check's own namespace.
A check that stays green although its promise was broken proves nothing, and neither does one that is red as it is: each
runs once unbroken, too. Exit code 0 says that every break was noticed, 1 that one was not.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return execute(cmd, o, purpose{prove: true})
		},
	}
	o.bindCluster(command.Flags())
	o.bindMesh(command.Flags())
	o.bindSelection(command.Flags())
	o.bindRun(command.Flags(), "proof-report")
	return command
}

// kills tells for every trial of a proof whether the check noticed what was broken.
func (r *run) kills() []reports.Kill {
	if r.session == nil || !r.session.Started() {
		return nil
	}
	var kills []reports.Kill
	for _, trial := range r.session.Trials {
		row := r.session.Await(trial.Name())
		if trial.Break == nil {
			if row.Result != reports.Passed {
				kills = append(kills, reports.Kill{
					Check: trial.Check.Name, Break: "none", Result: row.Result, Message: row.Message, Took: row.Duration,
				})
			}
			continue
		}
		kills = append(kills, reports.Kill{
			Check: trial.Check.Name, Break: trial.Break.Name, Fault: strings.Join(trial.Break.Faults, ","),
			Killed: row.Result == reports.Failed, Result: row.Result, Message: row.Message, Took: row.Duration,
		})
	}
	return kills
}

// proven turns the kill table into the command's error.
func (r *run) proven(report reports.Report) error {
	if r.stopped != nil {
		return verdictError{reports.Undecided}
	}
	if len(report.Proof) == 0 {
		return errors.New("proving: no break could be applied here")
	}
	if slices.ContainsFunc(report.Proof, func(kill reports.Kill) bool { return !kill.Killed }) {
		return verdictError{reports.NotConformant}
	}
	return nil
}
