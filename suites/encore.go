package suites

import (
	"context"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// What costs most about a trial is its pods. So a break that leaves those of its check as they are, whatever it changes of
// Services and policies, is tried on the stage on which the check was just green: its encores. Afterwards the check is asked
// once more, unbroken. Only when it is green again, each red between was its break's; otherwise, and wherever an encore was
// not red, a stage of its own tells.

// company is a trial and those that may follow it on its stage.
type company struct {
	lead    *Trial
	encores []*Trial
}

// companies gathers the trials of each check that is tried unbroken, in the order of the first.
func companies(ctx context.Context, trials []*Trial) []company {
	var all []company
	leads := map[string]int{}
	for _, trial := range trials {
		i, led := leads[trial.Check.Name]
		if led && trial.Break != nil && all[i].lead.Break == nil && trial.leavesStage(ctx) {
			all[i].encores = append(all[i].encores, trial)
			continue
		}
		if !led {
			leads[trial.Check.Name] = len(all)
		}
		all = append(all, company{lead: trial})
	}
	return all
}

// leavesStage says whether a break leaves the pods that its check begins with alone, and can be taken back.
func (t *Trial) leavesStage(ctx context.Context) bool {
	if t.Break.Do != nil || t.Check.Once {
		return false
	}
	broken, err := t.scenery(ctx)
	if err != nil {
		return false
	}
	whole, err := (&Trial{Area: t.Area, Check: t.Check}).scenery(ctx)
	return err == nil && whole.Becomes(broken)
}

// worthwhile is how long one more Verify may take to cost less than a stage.
const worthwhile = 5 * time.Second

// follow settles the encores of a trial that has passed: on its stage while that can be relied on, which it tells, else each
// on one of its own.
func (s *Session) follow(ctx context.Context, c company, stage *fixtures.Mesh) (reliable bool) {
	var noticed map[*Trial]reports.Row
	reliable = true
	if len(c.encores) > 0 && c.lead.took < worthwhile {
		noticed, reliable = s.giveEncores(ctx, c, stage)
	}
	for _, trial := range c.encores {
		if row, told := noticed[trial]; told {
			s.publish(trial, row)
			continue
		}
		s.settle(ctx, trial)
	}
	return reliable
}

// giveEncores returns the rows of those that were noticed, if the check is green once more after them, and whether it was: the
// stage is then as it was before.
func (s *Session) giveEncores(ctx context.Context, c company, stage *fixtures.Mesh) (map[*Trial]reports.Row, bool) {
	noticed := map[*Trial]reports.Row{}
	for _, trial := range c.encores {
		row, err := s.encore(ctx, stage, trial)
		if err != nil {
			return nil, false
		}
		if row.Result == reports.Failed && (trial.Break.Cause == "" || row.CauseID == string(trial.Break.Cause)) {
			noticed[trial] = row
		}
	}
	if len(noticed) == 0 {
		return nil, false
	}
	finale := &Trial{Area: c.lead.Area, Check: c.lead.Check, Waits: c.lead.Waits}
	if row, err := s.encore(ctx, stage, finale); err != nil || row.Result != reports.Passed {
		return nil, false
	}
	return noticed, true
}

// encore tries once on a stage that stands. The error says that the stage can no longer be relied on.
func (s *Session) encore(ctx context.Context, stage *fixtures.Mesh, trial *Trial) (reports.Row, error) {
	if s.more != nil {
		return s.more(ctx, stage, trial)
	}
	trial.begin()
	defer func() { trial.mesh = nil }()
	spec, err := trial.spec(0)
	if err != nil {
		return reports.Row{}, err
	}
	if trial.mesh, err = stage.Again(ctx, spec); err != nil {
		return reports.Row{}, err
	}
	trial.mesh.By("asking on the stage of %s, which has passed", stage.Scene)
	failed, err := trial.examine(ctx)
	row := s.row(ctx, trial, failed, err)
	return row, trial.mesh.Rest(ctx)
}
