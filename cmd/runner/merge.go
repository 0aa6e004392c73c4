package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/reports"
)

func newReportMergeCommand() *cobra.Command {
	var out string
	command := &cobra.Command{
		Use:   "merge REPORT...",
		Short: "Put the reports of a night (their files or folders) on one page: platform by CNI by version",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			matrix, err := merge(out, args)
			if err != nil {
				return usageError{err}
			}
			if err := writeMatrix(out, matrix); err != nil {
				return err
			}
			verdict, reason := matrix.Verdict()
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n%s\n", verdict, reason, filepath.Join(out, "matrix.html"))
			if verdict != reports.Conformant {
				return verdictError{verdict}
			}
			return nil
		},
	}
	command.Flags().StringVar(&out, "out", ".", "directory for matrix.html and matrix.md")
	return command
}

// merge reads the reports; their pages are linked relative to out, so that the whole tree can be moved.
func merge(out string, paths []string) (reports.Matrix, error) {
	var entries []reports.Entry
	for _, path := range paths {
		report, err := reports.Read(path)
		if err != nil {
			return reports.Matrix{}, err
		}
		page, err := filepath.Rel(out, filepath.Join(folder(path), "report.html"))
		if err != nil {
			page = "" // on another volume: listed, not linked
		}
		entries = append(entries, reports.Entry{Report: report, Page: filepath.ToSlash(page)})
	}
	return reports.Merge(entries...), nil
}

func writeMatrix(out string, matrix reports.Matrix) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("writing the matrix: %w", err)
	}
	write := func(name string, format func(io.Writer, reports.Matrix) error) error {
		var page bytes.Buffer
		if err := format(&page, matrix); err != nil {
			return fmt.Errorf("formatting %s: %w", name, err)
		}
		return reports.WriteFile(filepath.Join(out, name), page.Bytes())
	}
	return errors.Join(write("matrix.html", reports.MatrixHTML), write("matrix.md", reports.MatrixMarkdown))
}
