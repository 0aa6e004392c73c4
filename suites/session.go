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
	var waiting, together, first, alone, last []*Trial
	for _, trial := range s.Trials {
		s.done[trial.Name()] = make(chan struct{})
		switch {
		case trial.amongOthers():
			together = append(together, trial)
		case trial.Check.First:
			first = append(first, trial)
		case trial.Check.Last: // unbroken, it leaves no mesh to break
			last = slices.Insert(last, 0, trial)
		case trial.Alone():
			alone = append(alone, trial)
		default: // its workloads have been there since before the install
			waiting = append(waiting, trial)
		}
	}
	s.pace = newPace(s.workers())
	go func() {
		group := errgroup.Group{}
		group.SetLimit(s.workers())
		for _, trial := range waiting {
			group.Go(func() error { s.settle(ctx, trial); return nil })
		}
		for _, bill := range bills(ctx, companies(ctx, longInside(together)), longestBill) {
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
		if s.Lab != nil && len(first)+len(alone)+len(last) > 0 {
			s.Lab.Lull(ctx)
		}
		s.oneByOne(ctx, first, alone, last)
	}()
}

// oneByOne runs what disturbs the mesh as a whole: in a proof those trials together that do the same to it, else one after
// the other, where possible on one stage.
func (s *Session) oneByOne(ctx context.Context, first, alone, last []*Trial) {
	if slices.ContainsFunc(alone, func(t *Trial) bool { return t.Break != nil }) {
		for _, ensemble := range ensembles(slices.Concat(first, alone, last)) {
			s.perform(ctx, ensemble)
		}
		return
	}
	for _, trial := range first {
		s.settle(ctx, trial)
	}
	for _, bill := range bills(ctx, companies(ctx, alone), len(alone)) {
		s.play(ctx, bill)
	}
	for _, trial := range last {
		s.settle(ctx, trial)
	}
}

// longInside puts the trials that are known to take long behind a fifth of the others: begun last, they would be waited for by
// idle workers; begun first, they would crowd istio-cni while every worker sets a stage.
func longInside(trials []*Trial) []*Trial {
	var long, short []*Trial
	for _, trial := range trials {
		if trial.Check.Budget > 0 {
			long = append(long, trial)
		} else {
			short = append(short, trial)
		}
	}
	some := len(short) / 5
	return slices.Concat(short[:some], long, short[some:])
}

// ensembles gathers those among neighbouring trials that do the same to the mesh: one disturbance serves them all.
func ensembles(trials []*Trial) [][]*Trial {
	var gathered [][]*Trial
	for i, trial := range trials {
		if i > 0 && trial.joins(trials[i-1]) {
			gathered[len(gathered)-1] = append(gathered[len(gathered)-1], trial)
			continue
		}
		gathered = append(gathered, []*Trial{trial})
	}
	return gathered
}

// joins says whether a trial does to the mesh what another does: as a check that is alone, or by a break of the same name.
// What removes the mesh runs by itself.
func (t *Trial) joins(other *Trial) bool {
	c := t.Check
	if c.Serial || c.First || c.Last {
		return false
	}
	if c.Alone {
		return c.Name == other.Check.Name
	}
	return !other.Check.Alone && t.Break != nil && other.Break != nil && t.Break.Name == other.Break.Name
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

// amongOthers says whether a trial runs beside others, and needs nothing from before the mesh.
func (t *Trial) amongOthers() bool {
	c := t.Check
	return !c.First && !c.Last && !t.Alone() && c.Before == nil
}

// Alone says whether a trial disturbs more than its own namespaces.
func (t *Trial) Alone() bool { return t.Check.Alone || t.Break != nil && t.Break.Alone }

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
