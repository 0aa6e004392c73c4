package suites

import (
	"context"
	"slices"
)

// programme is a session's trials by when they run: waiting and together beside each other, then first, alone and last, one by
// one.
type programme struct {
	waiting            []*Trial // for the mesh: their workloads have been there since before the install
	together           []*Trial
	first, alone, last []*Trial // disturb the mesh as a whole
}

func programmeOf(trials []*Trial) (p programme) {
	for _, trial := range trials {
		switch {
		case trial.Check.First:
			p.first = append(p.first, trial)
		case trial.Check.Last: // unbroken, it leaves no mesh to break
			p.last = slices.Insert(p.last, 0, trial)
		case trial.Alone():
			p.alone = append(p.alone, trial)
		case trial.Check.Before != nil:
			p.waiting = append(p.waiting, trial)
		default:
			p.together = append(p.together, trial)
		}
	}
	return p
}

// Alone says whether a trial disturbs more than its own namespaces.
func (t *Trial) Alone() bool { return t.Check.Alone || t.Break != nil && t.Break.Alone }

// billsTogether are the bills of which several are played at a time.
func (p programme) billsTogether(ctx context.Context) []bill {
	return bills(ctx, companies(ctx, longInside(p.together)), longestBill)
}

// billsAlone are those that are played one after the other, in a run that breaks nothing.
func (p programme) billsAlone(ctx context.Context) []bill {
	return bills(ctx, companies(ctx, p.alone), len(p.alone))
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
