package suites

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// Session runs trials side by side against one lab and collects their rows. Trials that run at the same time have
// namespaces of their own and share nothing but the mesh; see bill for those that follow each other on one stage.
type Session struct {
	Lab      *fixtures.Lab
	Trials   []*Trial
	Workers  int // trials under way at once; 0 means DefaultWorkers
	Retries  int // further attempts for a trial that did not pass
	FailFast bool
	Evidence string            // directory for evidence files; "" keeps none
	OnRow    func(reports.Row) // called as each trial ends, one call at a time

	try  func(ctx context.Context, trial *Trial, n int) reports.Row         // of tests; nil means attempt
	more func(context.Context, *fixtures.Mesh, *Trial) (reports.Row, error) // of tests; nil means encore
	mu   sync.Mutex
	rows map[string]reports.Row
	done map[string]chan struct{}
	stop context.CancelCauseFunc

	pace   *pace
	putOff []func() // retries that wait for the crowd to go

	restoring sync.Mutex
}

// DefaultWorkers suits two cores: a trial mostly waits for kubelets and for policy to spread.
const DefaultWorkers = 8

// Overture runs the part of the trials that comes before the mesh is installed. A trial that fails in it keeps its
// row; the others go on.
func (s *Session) Overture(ctx context.Context) {
	var group errgroup.Group
	for _, trial := range s.Trials {
		if trial.Check.Before != nil {
			group.Go(func() error { s.before(ctx, trial); return nil })
		}
	}
	_ = group.Wait() // its functions return no error
}

func (s *Session) before(ctx context.Context, trial *Trial) {
	err := trial.raise(ctx, s.Lab, 0)
	var failed *verdict
	if err == nil {
		ctx, cancel := trial.Check.bounded(ctx)
		defer cancel()
		failed, err = act(func() { trial.Check.Before(ctx, trial.mesh) })
	}
	if failed != nil || err != nil {
		row := s.conclude(ctx, trial, failed, err)
		trial.ended = &row
	}
}

// Start begins to run every trial; Await returns their rows. Checks that need to be alone come after the others, one by
// one.
func (s *Session) Start(ctx context.Context) {
	ctx, s.stop = context.WithCancelCause(ctx)
	s.rows, s.done = map[string]reports.Row{}, map[string]chan struct{}{}
	for _, trial := range s.Trials {
		s.done[trial.Name()] = make(chan struct{})
	}
	p := programmeOf(s.Trials)
	s.pace = newPace(s.workers())
	go func() {
		group := errgroup.Group{}
		group.SetLimit(s.workers())
		for _, trial := range p.waiting {
			group.Go(func() error { s.settle(ctx, trial); return nil })
		}
		for _, bill := range p.billsTogether(ctx) {
			group.Go(func() error {
				defer s.pace.enter(ctx)()
				s.play(ctx, bill)
				return nil
			})
		}
		_ = group.Wait()
		for _, retry := range s.putOff {
			retry()
		}
		if s.Lab != nil && len(p.first)+len(p.alone)+len(p.last) > 0 {
			s.Lab.Lull(ctx)
		}
		s.oneByOne(ctx, p)
	}()
}

// oneByOne runs what disturbs the mesh as a whole: in a proof those trials together that do the same to it, else one after
// the other, where possible on one stage.
func (s *Session) oneByOne(ctx context.Context, p programme) {
	if slices.ContainsFunc(p.alone, func(t *Trial) bool { return t.Break != nil }) {
		for _, ensemble := range ensembles(slices.Concat(p.first, p.alone, p.last)) {
			s.perform(ctx, ensemble)
		}
		return
	}
	for _, trial := range p.first {
		s.settle(ctx, trial)
	}
	for _, bill := range p.billsAlone(ctx) {
		s.play(ctx, bill)
	}
	for _, trial := range p.last {
		s.settle(ctx, trial)
	}
}

// perform runs trials that disturb the mesh together.
func (s *Session) perform(ctx context.Context, trials []*Trial) {
	ensemble := fixtures.NewEnsemble(len(trials))
	var group errgroup.Group
	for _, trial := range trials {
		trial.ensemble = ensemble
		group.Go(func() error {
			defer ensemble.Leave()
			s.settle(ctx, trial)
			return nil
		})
	}
	_ = group.Wait() // its functions return no error
}

func (s *Session) workers() int {
	if s.Workers > 0 {
		return s.Workers
	}
	return DefaultWorkers
}

// Await returns a trial's row as soon as it has ended.
func (s *Session) Await(trial string) reports.Row {
	<-s.done[trial]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[trial]
}

// Rows awaits every trial and returns the rows in order.
func (s *Session) Rows() []reports.Row {
	rows := make([]reports.Row, 0, len(s.Trials))
	for _, trial := range s.Trials {
		rows = append(rows, s.Await(trial.Name()))
	}
	return rows
}

// settle runs a trial to its end, retries included, and publishes its row.
func (s *Session) settle(ctx context.Context, trial *Trial) {
	s.retry(ctx, trial, s.once(ctx, trial, 0))
}

// settleAmongOthers is settle, but for what did not pass: a crowded machine is the likeliest reason, so that it is put off
// until the crowd has gone. It says whether it has passed.
func (s *Session) settleAmongOthers(ctx context.Context, trial *Trial) bool {
	row := s.once(ctx, trial, 0)
	if s.Retries == 0 || !trial.mayRetry(row) || trial.Alone() {
		return s.retry(ctx, trial, row)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putOff = append(s.putOff, func() { s.retry(ctx, trial, row) })
	return false
}

// once makes the n-th attempt, counted from 0.
func (s *Session) once(ctx context.Context, trial *Trial, n int) reports.Row {
	if s.try != nil {
		return s.try(ctx, trial, n)
	}
	return s.attempt(ctx, trial, n)
}

// retry makes the further attempts that a trial's row asks for, publishes it, and says whether it has passed.
func (s *Session) retry(ctx context.Context, trial *Trial, row reports.Row) (passed bool) {
	for n := 1; n <= s.Retries && trial.mayRetry(row) && ctx.Err() == nil; n++ {
		earlier := append(row.Attempts, reports.Attempt{Result: row.Result, Message: row.Message, Duration: row.Duration})
		row = s.once(ctx, trial, n)
		row.Attempts = earlier
	}
	s.publish(trial, row)
	if s.FailFast && row.Result == reports.Failed {
		s.stop(fmt.Errorf("%w by --fail-fast when %s failed", errStopped, trial.Name()))
	}
	return row.Result == reports.Passed
}

// publish lets everybody know a trial's row.
func (s *Session) publish(trial *Trial, row reports.Row) {
	s.mu.Lock()
	s.rows[trial.Name()] = row
	if s.OnRow != nil {
		s.OnRow(row)
	}
	s.mu.Unlock()
	close(s.done[trial.Name()])
}

// mayRetry says whether another attempt could tell more. What happened while the mesh was installed happens once, and what is
// broken is meant to be red.
func (t *Trial) mayRetry(row reports.Row) bool {
	return t.Check.Before == nil && t.Break == nil && (row.Result == reports.Failed || row.Result == reports.Unknown)
}

// attempt runs a trial once: stage, sabotage, question, evidence, and the stage struck.
func (s *Session) attempt(ctx context.Context, trial *Trial, n int) reports.Row {
	if trial.ended != nil && n == 0 {
		return *trial.ended
	}
	var failed *verdict
	err := s.prepare(ctx, trial, n)
	if err == nil {
		failed, err = trial.examine(ctx)
	}
	return s.conclude(ctx, trial, failed, err)
}

// prepare brings a trial to the point from which it is sabotaged and asked.
func (s *Session) prepare(ctx context.Context, trial *Trial, n int) error {
	if ctx.Err() != nil {
		trial.begin()
		return context.Cause(ctx)
	}
	if trial.Check.Before == nil {
		trial.begin() // the row tells of an installation that fails, too
		if err := s.reinstall(ctx); err != nil {
			return err
		}
		err := trial.raise(ctx, s.Lab, n)
		if err == nil {
			s.pace.stood(trial.start)
		}
		return err
	}
	if trial.mesh == nil {
		return errors.New("the check has to see the cluster before the mesh is installed, and did not")
	}
	// Raised by Overture, before the mesh was there to take faults.
	return trial.mesh.SetFaults(ctx, trial.faults()...)
}

// reinstall brings the mesh back when a trial has removed it for good.
func (s *Session) reinstall(ctx context.Context) error {
	s.restoring.Lock() // of several trials that begin together the first brings it back
	defer s.restoring.Unlock()
	if s.Lab == nil || !s.Lab.Removed {
		return nil
	}
	if err := s.Lab.Reinstall(ctx); err != nil {
		return fmt.Errorf("installing the mesh again: %w", err)
	}
	s.Lab.Removed = false
	return nil
}

// conclude writes the row, with what a red one needs for evidence, and then strikes the stage.
func (s *Session) conclude(ctx context.Context, trial *Trial, failed *verdict, err error) reports.Row {
	row := s.row(ctx, trial, failed, err)
	if trial.mesh == nil || trial.stays && row.Result == reports.Passed {
		return row
	}
	s.strike(ctx, trial, &row)
	return row
}

// strike takes a trial's stage down.
func (s *Session) strike(ctx context.Context, trial *Trial, row *reports.Row) {
	trial.mesh.Close()
	if err := trial.mesh.Strike(ctx); err != nil {
		row.Evidence = append(row.Evidence, reports.Evidence{Name: "clean-up", Text: err.Error()})
	}
}

// Started says whether Start was called, so that rows can be awaited.
func (s *Session) Started() bool { return s.done != nil }
