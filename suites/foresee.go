package suites

import (
	"context"
	"slices"
)

// Scene is the namespace that the first attempt of a trial gets, for plans.
func (t *Trial) Scene() string { return t.scene(0) }

// Bills names, for plans, the checks that follow each other on one stage, as long as each passes.
func Bills(ctx context.Context, trials []*Trial) (names [][]string) {
	p := programmeOf(slices.DeleteFunc(slices.Clone(trials), func(t *Trial) bool { return t.Break != nil }))
	for _, bill := range slices.Concat(p.billsTogether(ctx), p.billsAlone(ctx)) {
		var shared []string
		for _, company := range bill {
			shared = append(shared, company.lead.Name())
		}
		names = append(names, shared)
	}
	return names
}
