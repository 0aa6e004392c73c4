package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites"
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
		kills = append(kills, killOf(trial, row))
	}
	return kills
}

// killOf weighs one broken trial: red is noticed, unless the break provokes a cause and the row names another.
func killOf(trial *suites.Trial, row reports.Row) reports.Kill {
	wanted := string(trial.Break.Cause)
	kill := reports.Kill{
		Check: trial.Check.Name, Break: trial.Break.Name, Fault: strings.Join(trial.Break.Faults, ","),
		Killed: row.Result == reports.Failed && (wanted == "" || row.CauseID == wanted),
		Cause:  row.CauseID, Wanted: wanted, Result: row.Result, Message: row.Message, Took: row.Duration,
	}
	if trial.Break.Instrument != "" { // not to have seen is as good an answer here as to have seen otherwise
		kill.Killed = row.Result == reports.Failed || row.Result == reports.Unknown
	}
	if row.Result == reports.Failed && !kill.Killed {
		kill.Message = fmt.Sprintf("red, but for cause %s and not %s: %s", row.CauseID, wanted, row.Cause+row.Message)
	}
	return kill
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
