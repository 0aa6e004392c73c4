package suites

import (
	"context"
	"slices"
)

// Scene is the namespace that the first attempt of a trial gets, for plans.
func (t *Trial) Scene() string { return t.scene(0) }

// Bills names, for plans, the checks that follow each other on one stage, as long as each passes.
func Bills(ctx context.Context, trials []*Trial) (names [][]string) {
	var together, alone []*Trial
	for _, trial := range trials {
		switch c := trial.Check; {
		case trial.Break != nil || c.First || c.Last || c.Before != nil:
		case trial.Alone():
			alone = append(alone, trial)
		default:
			together = append(together, trial)
		}
	}
	for _, bill := range slices.Concat(bills(ctx, companies(ctx, together), longestBill), bills(ctx, companies(ctx, alone), len(alone))) {
		var shared []string
		for _, company := range bill {
			shared = append(shared, company.lead.Name())
		}
		names = append(names, shared)
	}
	return names
}
