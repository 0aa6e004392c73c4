package reports

import (
	"fmt"
	"slices"
	"strings"
)

// proof sorts checks by what became of their breaks: turned red by one of them; green although broken; or never seen
// broken. The last two are unproven.
type proof struct {
	Proven, Survived, Untried []string
}

// Unproven lists the checks whose pass says little.
func (p proof) Unproven() []string { return slices.Concat(p.Survived, p.Untried) }

// Outcome is what a break did, in words. A break whose check could not be observed shows nothing either way.
func (k Kill) Outcome() string {
	switch {
	case k.Killed:
		return "noticed"
	case k.Result == Passed:
		return "not noticed"
	case k.Result == Failed: // for another cause than was provoked
		return "not noticed"
	}
	return "could not tell"
}

// proofRun says that a report is of `runner prove`: checks ran broken only, so there is nothing to be conformant about.
func proofRun(r Report) bool { return len(r.Proof) > 0 && len(checks(r.Rows)) == 0 }

// proofOf looks at the checks that decide and apply here. Without any proof run all lists are empty: nothing was tried.
func proofOf(r Report) proof {
	var p proof
	if len(r.Proof) == 0 {
		return p
	}
	for _, name := range provable(r) {
		of := func(k Kill) bool { return k.Check == name }
		switch {
		case slices.ContainsFunc(r.Proof, func(k Kill) bool { return of(k) && k.Killed }):
			p.Proven = append(p.Proven, name)
		case slices.ContainsFunc(r.Proof, func(k Kill) bool { return of(k) && k.Result == Passed }):
			p.Survived = append(p.Survived, name)
		default:
			p.Untried = append(p.Untried, name)
		}
	}
	return p
}

// provable names each check once: those with a break, and those that ought to have one.
func provable(r Report) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, kill := range r.Proof {
		add(kill.Check)
	}
	for _, row := range r.Rows {
		if row.Decides() && row.Result != Skipped {
			add(row.Name)
		}
	}
	if proofRun(r) { // no rows: what was asked for is all there is to go by
		for _, name := range r.Plan.Checks {
			add(name)
		}
	}
	return names
}

// proofReason is the sentence of a report that holds a proof and nothing else.
func proofReason(r Report) string {
	p := proofOf(r)
	parts := []string{fmt.Sprintf("%d of %s went red when broken", len(p.Proven), plural(len(provable(r)), "check"))}
	if len(p.Survived) > 0 {
		parts = append(parts, "stayed green: "+named(p.Survived))
	}
	if len(p.Untried) > 0 {
		parts = append(parts, "never seen broken: "+named(p.Untried))
	}
	return strings.Join(parts, "; ")
}

// survivorsFirst puts the breaks that no check noticed on top.
func survivorsFirst(kills []Kill) []Kill {
	sorted := slices.Clone(kills)
	slices.SortStableFunc(sorted, func(a, b Kill) int {
		order := []string{"not noticed", "could not tell", "noticed"}
		return slices.Index(order, a.Outcome()) - slices.Index(order, b.Outcome())
	})
	return sorted
}
