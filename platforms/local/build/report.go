package build

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// report tells a person how far one recipe is. Between milestones it says a line now and then, also when nothing
// moved, so that a long link does not look like a hang.
type report struct {
	say    platforms.Progress
	every  time.Duration
	title  string // "kubernetes v1.36.3 (2 of 7)"
	ending chan struct{}
	ended  sync.WaitGroup

	modules  atomic.Int64 // being downloaded or downloaded
	packages atomic.Int64 // being compiled or compiled
	expected atomic.Int64 // packages at most
}

// report opens the report of a recipe, one of the missing ones.
func (b *builder) report(recipe Recipe, missing []string) *report {
	title := recipe.Name + " " + recipe.release()
	// Another process may have removed a recipe meanwhile: then its number is not known.
	if number := slices.Index(missing, recipe.Name); number >= 0 {
		title += fmt.Sprintf(" (%d of %d)", number+1, len(missing))
	}
	return &report{say: b.cache.say, every: b.every, title: title}
}

// begin starts a phase, which usually takes so long (zero: not known); each begin needs its end.
func (r *report) begin(phase string, usual time.Duration) {
	started := time.Now()
	if usual > 0 {
		r.say.Say("%s: %s, which usually takes %s", r.title, phase, spell(usual))
	}
	r.ending = make(chan struct{})
	r.ended.Go(func() {
		// A clock, because there is no event while the linker works.
		ticker := time.NewTicker(r.every)
		defer ticker.Stop()
		for {
			select {
			case <-r.ending:
				return
			case <-ticker.C:
				r.say.Say("%s: %s%s, %s", r.title, phase, r.state(), elapsed(time.Since(started), usual))
			}
		}
	})
}

// end stops the lines of the phase.
func (r *report) end() {
	close(r.ending)
	r.ended.Wait()
}

// state says how far the phase is; it is empty as long as nothing is known.
func (r *report) state() string {
	modules, packages, expected := r.modules.Load(), r.packages.Load(), r.expected.Load()
	switch {
	case expected > 0 && packages > 0:
		// Packages that are compiled already are never named, so the count may end below the total.
		return fmt.Sprintf(", package %d of at most %d (%d %%)", packages, expected, 100*packages/expected)
	case expected == 0 && modules > 0:
		return fmt.Sprintf(", %d so far", modules)
	default:
		return ""
	}
}

// elapsed puts a duration beside the usual one.
func elapsed(sofar, usual time.Duration) string {
	if usual == 0 {
		return spell(sofar)
	}
	return fmt.Sprintf("%s of usually %s", spell(sofar), spell(usual))
}

// spell writes a duration in whole seconds, and whole minutes as such: "5m", "1m50s", "12s".
func spell(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		return strings.TrimSuffix(text, "0s")
	}
	return text
}
