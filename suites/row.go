package suites

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// Blank is the row of a check before anything is known of it.
func Blank(area Area, check Check) reports.Row {
	return reports.Row{
		Name: check.Name, Area: area.Name, Level: string(check.Level), Summary: check.Summary, Spec: check.Spec,
		Claims: check.Claims,
	}
}

// row writes down how a trial ended. Evidence is collected before the stage is struck.
func (s *Session) row(ctx context.Context, trial *Trial, failed *verdict, err error) reports.Row {
	row := Blank(trial.Area, trial.Check)
	row.Name = trial.Name()
	row.Started, row.Attempts = trial.start.UTC(), slices.Clone(trial.earlier)
	row.Result, row.Message = trial.judge(ctx, failed, err)
	row.Duration = time.Since(trial.start)
	if trial.wantsCause(row.Result) {
		s.diagnose(ctx, trial, &row)
	}
	for _, step := range trial.notes.Steps {
		row.Steps = append(row.Steps, reports.Step{Text: step.Text, At: step.At})
	}
	for _, figure := range trial.notes.Figures {
		row.Figures = append(row.Figures, reports.Figure{Name: figure.Name, Value: figure.Value, Unit: figure.Unit})
	}
	for _, evidence := range trial.notes.Evidence {
		row.Evidence = append(row.Evidence, s.evidence(trial, evidence))
	}
	return row
}

// wantsCause says whether anybody asks why a trial ended as it did. A break that was meant to turn its check red, and did,
// explains itself: to gather what else could have turned it red took a quarter of a proof's time.
func (t *Trial) wantsCause(result reports.Result) bool {
	if t.Break == nil || t.Break.Cause != "" {
		return result == reports.Failed || result == reports.Unknown
	}
	return result == reports.Unknown && t.Break.Instrument == ""
}

// diagnosisTimeout bounds what is read for a red row; the red row itself must not wait for a cluster that hangs.
const diagnosisTimeout = 15 * time.Second

func (s *Session) diagnose(ctx context.Context, trial *Trial, row *reports.Row) {
	if trial.mesh == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), diagnosisTimeout)
	defer cancel()
	found := trial.mesh.Diagnose(ctx)
	row.Cause, row.CauseID, row.CauseSpec, row.CauseEvidence = found.Sentence, string(found.ID), found.Spec, found.Evidence
}

// evidence puts a piece of evidence where the report can point to it.
func (s *Session) evidence(trial *Trial, evidence fixtures.NoteEvidence) reports.Evidence {
	if evidence.File == "" || s.Evidence == "" {
		return reports.Evidence{Name: evidence.Name, Text: string(evidence.Data)}
	}
	folder := trial.scene(0)[len("ac-"):]
	target := filepath.Join(s.Evidence, folder, evidence.File)
	if err := write(target, evidence.Data); err != nil {
		return reports.Evidence{Name: evidence.Name, Text: fmt.Sprintf("could not be kept: %v", err)}
	}
	return reports.Evidence{Name: evidence.Name, File: path.Join("artifacts", folder, evidence.File)}
}

func write(target string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("keeping evidence: %w", err)
	}
	if err := os.WriteFile(target, data, 0o644); err != nil {
		return fmt.Errorf("keeping evidence: %w", err)
	}
	return nil
}
