package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// ablationFocus are the checks that a setting of the network bears on.
var ablationFocus = []string{"^(cilium|probes|enrolment|install|mtls (Same|Cross))"}

func newAblateCommand() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "ablate --cni cilium",
		Short: "Take one documented setting of the network away at a time, and show which checks that flips",
		Long: `ablate runs the checks on pairs of CNI variants that differ in one documented setting. What was green with it and is red
without it has flipped. Exit code 0 says that exactly what is documented flipped, 1 that nothing did, or something else:
a finding against the documentation.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return ablate(cmd, o) },
	}
	o.bindCluster(command.Flags())
	o.bindMesh(command.Flags())
	o.bindSelection(command.Flags())
	o.bindRun(command.Flags(), "ablation-report")
	return command
}

// ablate runs every variant that is needed once, and compares.
func ablate(cmd *cobra.Command, o options) error {
	if len(o.focus) == 0 && o.labelFilter == "" {
		o.focus = ablationFocus
	}
	o.complete()
	if err := o.validate(); err != nil {
		return err
	}
	wanted := ablationsOf(o.cni)
	if len(wanted) == 0 {
		return usageError{fmt.Errorf("--cni %s: no documented setting is known that could be taken away from it; try cilium", o.cni)}
	}
	if o.keep {
		return usageError{errors.New("ablate makes one cluster after the other: --keep would leave the first in the way of the second")}
	}
	if o.dryRun {
		for _, a := range wanted {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: with it %s, without it %s\n", a.Setting, a.With, a.Without)
		}
		return nil
	}
	found := map[string]reports.Report{}
	var variants []reports.Report // in the order in which they ran
	for _, a := range wanted {
		for _, variant := range []string{a.With, a.Without} {
			if _, done := found[variant]; done {
				continue
			}
			report, err := o.on(cmd.Context(), variant)
			if err != nil {
				return err
			}
			found[variant] = report
			variants = append(variants, report)
		}
	}
	var done []reports.Ablation
	for _, a := range wanted {
		done = append(done, reports.Ablate(a.Setting, found[a.With], found[a.Without]))
	}
	return concludeAblation(cmd, o, variants, done)
}

// ablationsOf are all of them for Cilium in general, and for one variant those that begin with it.
func ablationsOf(variant string) []cni.Ablation {
	all := cni.Ablations()
	if variant == "cilium" {
		return all
	}
	return slices.DeleteFunc(all, func(a cni.Ablation) bool { return a.With != variant })
}

// on runs the checks on a variant, with a report of its own, in a process of its own: Ginkgo runs its specs once in each.
func (o options) on(ctx context.Context, variant string) (reports.Report, error) {
	self, err := os.Executable()
	if err != nil {
		return reports.Report{}, fmt.Errorf("finding this program: %w", err)
	}
	dir := filepath.Join(o.reportDir, variant)
	run := exec.CommandContext(ctx, self, o.argumentsOn(variant, dir)...)
	run.Stdout, run.Stderr = os.Stderr, os.Stderr // what this command prints is the comparison
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 2 * deletionTimeout
	err = run.Run()
	if cause := context.Cause(ctx); cause != nil {
		return reports.Report{}, cause
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == exitUsage || err != nil && exit == nil {
		return reports.Report{}, usageError{fmt.Errorf("running the checks on %s: %w", variant, err)}
	}
	return reports.Read(dir) // how that run ended is in it
}

// argumentsOn repeats this command's own arguments; of two at odds the later one counts.
func (o options) argumentsOn(variant, dir string) []string {
	args := slices.Clone(os.Args[1:])
	if at := slices.Index(args, "ablate"); at >= 0 {
		args = slices.Delete(args, at, at+1)
	}
	args = append(args, "--cni", variant, "--report-dir", dir, "--name", o.name)
	if slices.Equal(o.focus, ablationFocus) {
		args = append(args, "--focus", ablationFocus[0])
	}
	return args
}

// concludeAblation writes what each variant showed, and the comparison, beside the reports and prints both.
func concludeAblation(cmd *cobra.Command, o options, variants []reports.Report, done []reports.Ablation) error {
	data, err := json.MarshalIndent(done, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the ablation: %w", err)
	}
	var table strings.Builder
	err = reports.VariantTable(&table, variants)
	table.WriteByte('\n') // two tables
	err = errors.Join(err, reports.AblationTable(&table, done),
		os.WriteFile(filepath.Join(o.reportDir, "ablation.json"), append(data, '\n'), 0o644),
		os.WriteFile(filepath.Join(o.reportDir, "ablation.md"), []byte(table.String()), 0o644))
	if err != nil {
		return fmt.Errorf("writing the ablation: %w", err)
	}
	fmt.Fprint(cmd.OutOrStdout(), table.String())
	if slices.ContainsFunc(done, func(a reports.Ablation) bool { return len(a.Findings) > 0 }) {
		return verdictError{reports.NotConformant}
	}
	return nil
}
