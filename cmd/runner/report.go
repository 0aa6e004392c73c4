package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/reports"
)

func newReportCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "report",
		Short: "Work with reports of earlier runs",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newReportHTMLCommand(), newReportMergeCommand(), newReportStagesCommand())
	return command
}

func newReportHTMLCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "html REPORT",
		Short: "Write the page, the JUnit file and the summary of a report (its file or folder) anew, beside it",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := reports.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			return reports.Write(folder(args[0]), report)
		},
	}
}

// folder is where a report lies that was named by its file or by its folder.
func folder(report string) string {
	if info, err := os.Stat(report); err == nil && info.IsDir() {
		return report
	}
	return filepath.Dir(report)
}

func newReportStagesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stages REPORT.json",
		Short: "Print how long each stage of a run took, in seconds, as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := reports.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			stages := map[string]float64{"total": report.Finished.Sub(report.Started).Seconds()}
			checks := 0
			for _, row := range report.Rows {
				if name, ok := strings.CutPrefix(row.Name, "step/"); ok {
					stages[name] = row.Duration.Seconds()
				} else if row.Result != reports.Skipped {
					checks++
				}
			}
			stages["checks"] = float64(checks)
			return json.NewEncoder(cmd.OutOrStdout()).Encode(stages)
		},
	}
}

// reportFiles is everything that a run writes into its report directory.
func reportFiles() []string {
	return []string{reports.JSONFile, reports.JUnitFile, reports.HTMLFile, reports.MarkdownFile, artifacts}
}

// artifacts is the folder of evidence below the report directory.
const artifacts = "artifacts"

// clearReport removes an earlier report, so that a run that dies leaves none that looks like its own.
func clearReport(dir string) error {
	for _, name := range reportFiles() {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("removing the earlier report: %w", err)
		}
	}
	return nil
}
