package suites

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/ambient-conformance/ambient-conformance/reports"
)

// How checks become Ginkgo specs. Ginkgo runs in this process, once: its label language selects, its specs carry the
// skips with their reasons and the verdicts. The bodies of the checks run in the Session, side by side, and a spec
// awaits its row. docs/design.md tells how that was decided.

// Selection narrows the catalogue down.
type Selection struct {
	LabelFilter string   // Ginkgo's label language over area:…, level:…, claim:…
	Focus, Skip []string // regular expressions over "area CheckName"; one that matches nothing is an error
}

// labels are what Selection.LabelFilter speaks about.
func labels(area Area, check Check) []string {
	all := []string{"area:" + area.Name, "level:" + string(check.Level)}
	for _, claim := range check.Claims {
		all = append(all, "claim:"+claim)
	}
	return all
}

// Select returns the names of the checks that a selection leaves, in report order. A filter that cannot be parsed or
// that matches nothing is an error: a typing mistake must not look like a green run.
func (c Catalogue) Select(s Selection) ([]string, error) {
	if _, err := types.ParseLabelFilter(s.LabelFilter); err != nil {
		return nil, fmt.Errorf("parsing the label filter %q: %w", s.LabelFilter, err)
	}
	for _, pattern := range slices.Concat(s.Focus, s.Skip) {
		if err := c.matchesSomething(pattern); err != nil {
			return nil, err
		}
	}
	filter := types.MustParseLabelFilter(s.LabelFilter)
	var names []string
	c.Each(func(area Area, check Check) {
		title := area.Name + " " + check.Name
		focused := len(s.Focus) == 0 || matchesAny(s.Focus, title)
		if focused && !matchesAny(s.Skip, title) && filter(labels(area, check)) {
			names = append(names, check.Name)
		}
	})
	if len(names) == 0 {
		return nil, fmt.Errorf("selecting checks: none is left by --label-filter %q, --focus %q and --skip %q; `runner list` shows all",
			s.LabelFilter, s.Focus, s.Skip)
	}
	return names, nil
}

func (c Catalogue) matchesSomething(pattern string) error {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("parsing the pattern %q: %w", pattern, err)
	}
	found := false
	c.Each(func(area Area, check Check) { found = found || expression.MatchString(area.Name+" "+check.Name) })
	if !found {
		return fmt.Errorf("selecting checks: the pattern %q matches none; `runner list` shows all", pattern)
	}
	return nil
}

func matchesAny(patterns []string, title string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return regexp.MustCompile(pattern).MatchString(title) })
}

// RunSpecs runs the session's trials as Ginkgo specs and returns when the last has its row. skipped holds the reason
// for each selected check that does not run at this site. Ginkgo's own output goes to out. It can be called once per
// process, which is Ginkgo's rule.
func RunSpecs(s *Session, catalogue Catalogue, skipped map[string]string, out io.Writer) {
	byCheck := map[string][]string{}
	for _, trial := range s.Trials {
		byCheck[trial.Check.Name] = append(byCheck[trial.Check.Name], trial.Name())
	}
	for _, area := range catalogue {
		ginkgo.Describe(area.Name, func() {
			for _, check := range area.Checks {
				declare(s, area, check, byCheck[check.Name], skipped[check.Name])
			}
		})
	}
	formatter.ColorableStdOut = out
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.Timeout = 24 * time.Hour // the run's own deadline is in the context that trials run under
	suite.RandomSeed = 1           // report order, every time
	reporter.NoColor, reporter.Succinct = true, true
	ginkgo.RunSpecs(onlyFails{}, "Istio ambient mode", suite, reporter)
}

// declare makes one spec per trial. A check that does not run is a spec too: its row must not be missing.
func declare(s *Session, area Area, check Check, trials []string, skipped string) {
	options := []any{ginkgo.Label(labels(area, check)...)}
	if skipped != "" {
		ginkgo.It(check.Name, append(options, func() { ginkgo.Skip(skipped) })...)
		return
	}
	for _, trial := range trials {
		ginkgo.It(trial, append(options, func() { conclude(s.Await(trial)) })...)
	}
}

// conclude gives a row's result to Ginkgo.
func conclude(row reports.Row) {
	ginkgo.AddReportEntry("spec", row.Spec)
	switch row.Result {
	case reports.Passed:
	case reports.Skipped:
		ginkgo.Skip(row.Message)
	default:
		ginkgo.Fail(strings.TrimSpace(fmt.Sprintf("%s: %s\n%s", row.Result, row.Message, row.Cause)))
	}
}

// onlyFails is the receiver Ginkgo wants: the session's rows say what failed, so it has nothing to remember.
type onlyFails struct{}

func (onlyFails) Fail() {}
