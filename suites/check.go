// Package suites holds what is examined: the Check type, the gate that decides whether a check runs here, the session
// that runs checks side by side, and the bridge to Ginkgo. The checks themselves live in one folder per area, one file
// and one manifest each.
package suites

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
)

// Level says how much a check weighs.
type Level string

const (
	Core     Level = "core"     // a documented promise
	Extended Level = "extended" // a promise of a part that not everybody uses
	Measured Level = "measured" // a figure; it never decides a verdict
)

// Check is one question about the mesh with its answer's price: what it needs, how it is asked, and how we know that
// it would notice if the answer were no.
type Check struct {
	Name    string   // CamelCase; its file, its manifest and its report row carry the same name
	Summary string   // the promise, one sentence
	Spec    string   // URL of the documentation that makes the promise
	Claims  []string // ids of the claims it bears on
	Level   Level
	Needs   []Feature
	Alone   bool          // disturbs the mesh as a whole: nothing else runs beside it
	Once    bool          // Verify needs a fresh stage or uses it up: nothing is asked there before or after it
	Serial  bool          // among those alone: its trials cannot run beside each other and share what they do to the mesh
	First   bool          // needs the mesh as it was installed: before all others that are alone
	Last    bool          // leaves nothing for others to examine: after all of them
	Budget  time.Duration // bound of Verify; zero means DefaultBudget

	// Before runs while the mesh is not installed yet, with the check's workloads in place. Most checks have none.
	Before func(ctx context.Context, m *fixtures.Mesh)
	// Verify asks the question. It asserts through m and returns when the promise was seen to hold.
	Verify func(ctx context.Context, m *fixtures.Mesh)
	// Breaks are deliberate ways to make the promise untrue. A check none of whose breaks turns it red is unproven.
	Breaks []Break
}

// DefaultBudget bounds what one check asks, once its stage stands. On an idle machine the slowest healthy one takes a tenth
// of it, on a machine that others crowd a half.
const DefaultBudget = 3 * time.Minute

// Break is one deliberate sabotage. Exactly one of its four means is set.
type Break struct {
	Name string // kebab-case, what is broken
	// Patient grants a proof's trial the waits of a run: what the red row must name shows only after a time-out of the mesh's own.
	Patient bool
	Alone   bool     // harms more than the check's own namespaces: nothing else runs beside it
	Faults  []string // of the double, limited to the check's namespace

	// Cause, where set, is the ID (package cause) that the red row must name: the break provokes it on purpose.
	Cause cause.ID
	// Old is replaced by New everywhere in the manifest; it must be there.
	Old, New string
	// Do breaks something by hand once the workloads run.
	Do func(ctx context.Context, m *fixtures.Mesh)
	// Instrument breaks what the check observes with, instead of the mesh. It must not be green then: red or unknown.
	Instrument fixtures.Instrument
}

// Area is a folder of checks with their manifests.
type Area struct {
	Name      string
	Manifests fs.FS // one file per check, named by File
	Checks    []Check
}

// Catalogue is every area, in report order.
type Catalogue []Area

// File is the base name of a check's file and manifest: StrictRefusesPlaintext → strict-refuses-plaintext. A run of
// capitals or digits counts as one word (UID1337StaysCaptured → uid1337-stays-captured).
func (c Check) File() string {
	var b strings.Builder
	runes := []rune(c.Name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) {
			after := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || (after && !unicode.IsLower(runes[i-1])) {
				b.WriteByte('-')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// bounded limits ctx to the check's budget.
func (c Check) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	budget := cmp.Or(c.Budget, DefaultBudget)
	return context.WithTimeoutCause(ctx, budget, fmt.Errorf("%s spent its %s: %w", c.Name, budget, context.DeadlineExceeded))
}

// Manifest reads a check's manifest.
func (a Area) Manifest(c Check) ([]byte, error) {
	if a.Manifests == nil {
		return nil, fmt.Errorf("reading the manifest of %s: area %q has none", c.Name, a.Name)
	}
	manifest, err := fs.ReadFile(a.Manifests, c.File()+".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the manifest of %s: %w", c.Name, err)
	}
	return manifest, nil
}

// Each calls visit for every check in report order.
func (c Catalogue) Each(visit func(Area, Check)) {
	for _, area := range c {
		for _, check := range area.Checks {
			visit(area, check)
		}
	}
}

// Names lists every check in report order.
func (c Catalogue) Names() []string {
	var names []string
	c.Each(func(_ Area, check Check) { names = append(names, check.Name) })
	return names
}

// OpenConnectionsFallSilent breaks checks that hold a connection to their workload "server".
var OpenConnectionsFallSilent = Break{Name: "open-connections-fall-silent", Do: func(ctx context.Context, m *fixtures.Mesh) {
	go m.Workload("server").KeepFallingSilent(ctx)
}}
