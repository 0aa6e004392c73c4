package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/term"

	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// collectionTimeout bounds what is read for the report; a cluster that hangs must not keep the report back.
const collectionTimeout = 30 * time.Second

// finish reads back what was examined, collects logs when something is red, and writes the report.
func (r *run) finish(ctx context.Context) (reports.Report, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), collectionTimeout)
	defer cancel()
	report := reports.Report{
		SelfTest: r.supply.selfTest,
		Started:  r.started.UTC(),
		Plan:     reports.Plan{Command: os.Args, Checks: r.selected, Retries: r.retries},
		Subject:  r.subject(ctx),
	}
	report.Rows = append(report.Rows, r.rows...)
	if r.prove {
		report.Proof = r.kills()
	} else {
		report.Rows = append(report.Rows, r.checkRows()...)
	}
	report.Expected = r.expected()
	report.Claims = reports.Standings(suites.Claims(), report.Rows)
	report.Finished = time.Now().UTC()
	report = reports.Finish(report)
	if r.foreign == nil && (r.stopped != nil || !r.prove && report.Verdict != reports.Conformant) {
		r.collect(ctx)
	}
	if r.foreign != nil {
		return report, nil // nothing of ours was examined, and the exit code says why
	}
	if err := reports.Write(r.reportDir, report); err != nil {
		return report, fmt.Errorf("writing the report: %w", err)
	}
	return report, nil
}

// amend adds the deletion to the report that was written before it.
func (r *run) amend(report reports.Report, err error) (reports.Report, error) {
	last := r.rows[len(r.rows)-1]
	if err != nil || last.Name != "step/delete-platform" {
		return report, err
	}
	steps := len(r.rows) - 1
	report.Rows = slices.Insert(report.Rows, steps, last)
	report.Finished = time.Now().UTC()
	report = reports.Finish(report)
	if err := reports.Write(r.reportDir, report); err != nil {
		return report, fmt.Errorf("writing the report: %w", err)
	}
	return report, nil
}

// collect keeps the logs of the cluster and of the installation beside the report.
func (r *run) collect(ctx context.Context) {
	r.console.begin("Collecting logs")
	dir := filepath.Join(r.reportDir, artifacts, "cluster")
	err := errors.Join(os.MkdirAll(dir, 0o755), r.platform.Logs(ctx, r.name, dir))
	if r.network != nil {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "install-cni.log"), r.network.Log(), 0o644))
	}
	if r.mesh != nil {
		err = errors.Join(err, r.writeInstallLog(filepath.Join(dir, "install-mesh.log")))
	}
	r.console.rest()
	if err != nil {
		r.console.note("collecting logs: %v", err)
	}
}

func (r *run) writeInstallLog(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(r.mesh.WriteLog(file), file.Close())
}

// conclude prints the result and turns the verdict into the command's error.
func (r *run) conclude(out io.Writer, report reports.Report) error {
	if r.output == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(report); err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
	} else if err := reports.Text(out, report, r.console.width, term.IsTerminal(int(os.Stdout.Fd()))); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	r.console.note("report: %s", filepath.Join(r.reportDir, "report.html"))
	if r.prove {
		return r.proven(report)
	}
	switch report.ExitCode() {
	case exitConformant:
		return nil
	case exitNotConformant:
		return verdictError{reports.NotConformant}
	}
	return verdictError{reports.Undecided}
}
