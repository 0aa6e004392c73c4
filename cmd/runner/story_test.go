package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites/all"
)

// refusing is a platform on which nothing comes up, in a way of the test's choosing.
type refusing struct {
	create  func(context.Context) error
	deleted int
}

func (p *refusing) Create(ctx context.Context, _ platforms.Spec) (*platforms.Cluster, error) {
	return nil, p.create(ctx)
}
func (p *refusing) Load(context.Context, string, ...string) error { return nil }
func (p *refusing) Logs(context.Context, string, string) error    { return nil }
func (p *refusing) Delete(ctx context.Context, _ string) error    { p.deleted++; return ctx.Err() }

// Whatever goes wrong: what this run began is deleted, nothing else is, and the report tells the story.
func TestStoryCleansUp(t *testing.T) {
	interrupted, interrupt := context.WithCancel(t.Context())
	none := func(context.Context) error { return nil }
	for _, row := range []struct {
		name    string
		ctx     context.Context
		equip   func(context.Context) error
		create  func(context.Context) error
		keep    bool
		deleted int
		result  reports.Result // of the step create-platform; empty: no report
	}{
		{"creation fails", t.Context(), none, func(context.Context) error { return errors.New("no") }, false, 1, reports.Failed},
		{"creation panics", t.Context(), none, func(context.Context) error { panic("at the disco") }, false, 1, reports.Unknown},
		{"a person interrupts creation", interrupted, none, func(ctx context.Context) error { interrupt(); return ctx.Err() }, false, 1, reports.Unknown},
		{"the name is taken", t.Context(), none, func(context.Context) error { return fmt.Errorf("creating: %w", platforms.ErrExists) }, false, 0, ""},
		{"images cannot be had", t.Context(), func(context.Context) error { return errors.New("no disk") }, nil, false, 0, reports.Blocked},
		{"a failed cluster is kept on request", t.Context(), none, func(context.Context) error { return errors.New("no") }, true, 0, reports.Failed},
	} {
		t.Run(row.name, func(t *testing.T) {
			platform := &refusing{create: row.create}
			r := &run{
				options: options{reportDir: filepath.Join(t.TempDir(), "report"), timeout: defaultTimeout, nodes: 2, keep: row.keep},
				console: &console{out: io.Discard}, catalogue: all.Catalogue(), selected: all.Catalogue().Names(),
				platform: platform, equip: row.equip, lab: &fixtures.Lab{},
			}
			report, err := r.story(row.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if platform.deleted != row.deleted {
				t.Errorf("deleted %d times, want %d", platform.deleted, row.deleted)
			}
			written, err := reports.Read(r.reportDir)
			if row.result == "" {
				if err == nil {
					t.Error("a report was written of a cluster that is not ours")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := creation(written); got != row.result || report.Verdict != reports.Undecided {
				t.Errorf("creation is %s in a report that says %s, want %s and %s", got, report.Verdict, row.result, reports.Undecided)
			}
		})
	}
}

func creation(report reports.Report) reports.Result {
	for _, row := range report.Rows {
		if row.Name == "step/create-platform" {
			return row.Result
		}
	}
	return ""
}
