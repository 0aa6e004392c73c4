package suites

import (
	"cmp"
	"context"
	"slices"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// Pods are most of what a run costs, and many checks begin with the same few. So checks that leave their stage as they find
// it follow each other on one, as long as each passes: what is red there could be red for what went before, and is asked
// again on a stage of its own, which its row tells. Between two of them agents begin anew, and what came on cue is gone.

// bill is companies that follow each other on one stage. The first sets it; its scenery holds what the others begin with.
type bill []company

// longestBill bounds for how long the last of a bill waits for the others, which take a few seconds each, while other stages
// would have room for it.
const longestBill = 6

// bills gathers companies, at most so many on each, in the order of the first of each.
func bills(ctx context.Context, companies []company, longest int) []bill {
	var gathered [][]candidate
	var sharing []candidate
	for place, c := range companies {
		scenery, shares := c.lead.shares(ctx)
		if shares {
			sharing = append(sharing, candidate{c, place, scenery})
		} else {
			gathered = append(gathered, []candidate{{company: c, place: place}})
		}
	}
	// Who begins with most can take in others.
	slices.SortStableFunc(sharing, func(a, b candidate) int { return cmp.Compare(b.Size(), a.Size()) })
	for _, c := range sharing {
		if i := c.follows(gathered, longest); i >= 0 {
			gathered[i] = append(gathered[i], c)
		} else {
			gathered = append(gathered, []candidate{c})
		}
	}
	slices.SortFunc(gathered, func(a, b []candidate) int { return cmp.Compare(a[0].place, b[0].place) })
	all := make([]bill, len(gathered))
	for i, b := range gathered {
		for _, c := range b {
			all[i] = append(all[i], c.company)
		}
	}
	return all
}

// candidate is a company that looks for a bill.
type candidate struct {
	company
	place int // in report order
	fixtures.Scenery
}

// follows is the shortest of those bills on whose stage it can be asked; -1 when there is none.
func (c candidate) follows(gathered [][]candidate, longest int) int {
	shortest := -1
	for i, b := range gathered {
		if len(b) < longest && (shortest < 0 || len(b) < len(gathered[shortest])) && b[0].Holds(c.Scenery) {
			shortest = i
		}
	}
	return shortest
}

// shares returns a trial's scenery, and whether others may be asked in it before and after the trial.
func (t *Trial) shares(ctx context.Context) (fixtures.Scenery, bool) {
	if t.Break != nil || t.Check.Once || t.Check.Budget > 0 {
		return fixtures.Scenery{}, false
	}
	scenery, err := t.scenery(ctx)
	return scenery, err == nil && scenery.Size() > 0
}

// play settles every trial of a bill.
func (s *Session) play(ctx context.Context, b bill) {
	for len(b) > 0 {
		b = s.share(ctx, b)
	}
}

// share lets the first of a bill set its stage and others follow on it. It returns those who still need one.
func (s *Session) share(ctx context.Context, b bill) (left bill) {
	first, others := b[0], b[1:]
	if len(first.encores)+len(others) == 0 {
		s.settleAmongOthers(ctx, first.lead)
		return nil
	}
	first.lead.stays = true
	passed := s.settleAmongOthers(ctx, first.lead)
	first.lead.stays = false // when it is tried again, nobody follows
	stage := first.lead.mesh
	if !passed || stage == nil {
		for _, encore := range first.encores {
			s.settle(ctx, encore)
		}
		return others
	}
	defer func() {
		var ignored reports.Row // the lead's has been told already
		s.strike(ctx, first.lead, &ignored)
	}()
	reliable := s.follow(ctx, first, stage)
	for reliable && len(others) > 0 {
		next := others[0]
		if !s.join(ctx, stage, next.lead) {
			return others
		}
		others = others[1:]
		reliable = s.follow(ctx, next, stage)
	}
	return others
}

// join asks a check on the stage of another, and publishes its row if it passed. If not, the check is still to be asked by
// itself; the stage is not to be used any more.
func (s *Session) join(ctx context.Context, stage *fixtures.Mesh, trial *Trial) (passed bool) {
	row, err := s.encore(ctx, stage, trial)
	if err != nil || ctx.Err() != nil {
		return false
	}
	if row.Result != reports.Passed {
		trial.earlier = append(trial.earlier, reports.Attempt{
			Result: row.Result, Message: "on the stage of " + stage.Scene + ": " + row.Message, Duration: row.Duration,
		})
		return false
	}
	s.publish(trial, row)
	return true
}
