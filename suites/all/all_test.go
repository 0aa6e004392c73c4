package all

import (
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/fakeztunnel/fault"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

func each(t *testing.T, look func(*testing.T, suites.Area, suites.Check)) {
	Catalogue().Each(func(area suites.Area, check suites.Check) {
		t.Run(check.Name, func(t *testing.T) { look(t, area, check) })
	})
}

func TestChecksAreComplete(t *testing.T) {
	claims := map[string]bool{}
	for _, claim := range suites.Claims() {
		claims[claim.ID] = true
	}
	each(t, func(t *testing.T, area suites.Area, check suites.Check) {
		if check.Verify == nil || check.Summary == "" || check.Level == "" || len(check.Claims) == 0 {
			t.Error("Verify, Summary, Level or Claims is not set")
		}
		if spec, err := url.Parse(check.Spec); err != nil || spec.Scheme != "https" {
			t.Errorf("Spec %q is no https address", check.Spec)
		}
		for _, claim := range check.Claims {
			if !claims[claim] {
				t.Errorf("claim %q is not in the table", claim)
			}
		}
		if _, err := os.Stat(filepath.Join("..", area.Name, check.File()+".go")); err != nil {
			t.Errorf("the check's file is not where its name says: %v", err)
		}
	})
}

func TestNamesAreUnique(t *testing.T) {
	names := Catalogue().Names()
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("a name is taken twice in %v", names)
	}
}

func TestManifestsParse(t *testing.T) {
	setting := fixtures.Setting{Run: "r", Namespace: "ac-x", Image: "agent", Nodes: []string{"a", "b"}}
	each(t, func(t *testing.T, area suites.Area, check suites.Check) {
		manifest, err := area.Manifest(check)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fixtures.Parse(t.Context(), manifest, setting); err != nil {
			t.Error(err)
		}
	})
}

func TestEveryManifestHasItsCheck(t *testing.T) {
	for _, area := range Catalogue() {
		var files []string
		for _, check := range area.Checks {
			files = append(files, check.File()+".yaml")
		}
		entries, err := fs.ReadDir(area.Manifests, ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !slices.Contains(files, entry.Name()) {
				t.Errorf("%s/%s belongs to no check", area.Name, entry.Name())
			}
		}
	}
}

func TestBreaksBreakSomething(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	each(t, func(t *testing.T, area suites.Area, check suites.Check) {
		if len(check.Breaks) == 0 {
			t.Error("a check that nothing can turn red proves nothing")
		}
		manifest, err := area.Manifest(check)
		if err != nil {
			t.Fatal(err)
		}
		for _, sabotage := range check.Breaks {
			if !kebab.MatchString(sabotage.Name) {
				t.Errorf("break %q is not kebab-case", sabotage.Name)
			}
			if means(sabotage) != 1 {
				t.Errorf("break %s has %d means, want one of Faults, Old, Do and Instrument", sabotage.Name, means(sabotage))
			}
			if sabotage.Old == "" {
				continue
			}
			if _, err := fixtures.Edit(manifest, sabotage.Old, sabotage.New); err != nil {
				t.Errorf("break %s: %v", sabotage.Name, err)
			}
		}
	})
}

func means(b suites.Break) (n int) {
	for _, set := range []bool{len(b.Faults) > 0, b.Old != "", b.Do != nil, b.Instrument != ""} {
		if set {
			n++
		}
	}
	return n
}

// Every fault of the double is there because a check must notice it.
func TestEveryFaultHasItsCheck(t *testing.T) {
	used := map[string]bool{}
	Catalogue().Each(func(_ suites.Area, check suites.Check) {
		for _, sabotage := range check.Breaks {
			for _, name := range sabotage.Faults {
				used[name] = true
			}
		}
	})
	for _, known := range fault.All() {
		if !used[string(known.Name)] {
			t.Errorf("no check breaks by fault %s", known.Name)
		}
		delete(used, string(known.Name))
	}
	for name := range used {
		t.Errorf("the double knows no fault %s", name)
	}
}

// Breaking the mesh shows that a check notices; breaking its instruments, that it does not believe them blindly.
func TestEveryInstrumentIsBroken(t *testing.T) {
	used := map[fixtures.Instrument]int{}
	Catalogue().Each(func(_ suites.Area, check suites.Check) {
		for _, sabotage := range check.Breaks {
			used[sabotage.Instrument]++
		}
	})
	for _, instrument := range fixtures.Instruments() {
		if used[instrument] < 2 {
			t.Errorf("instrument %s is broken under %d checks, want at least two", instrument, used[instrument])
		}
	}
}

// A cause that nobody provokes on a cluster is a guess. Those left out here have rows in package cause's own test.
func TestCausesAreProvoked(t *testing.T) {
	provoked := map[cause.ID]bool{}
	Catalogue().Each(func(_ suites.Area, check suites.Check) {
		for _, sabotage := range check.Breaks {
			provoked[sabotage.Cause] = true
		}
	})
	for _, id := range []cause.ID{
		cause.Strict, cause.AuthorizationDeny, cause.AuthorizationMiss, cause.RulesMissing, cause.SetEntryMissing, cause.NotEnrolled,
		cause.HBONEBlocked, cause.NetworkPolicy, cause.NoEndpoint, cause.AppRefuses, cause.AppNotHealthy,
		cause.ConflistLost, cause.CNINotReady, cause.ZtunnelNotReady, cause.XDSNotSynced, cause.Certificate, cause.SandboxFailed,
		cause.ImageUnavailable, cause.Unschedulable,
	} {
		if !provoked[id] {
			t.Errorf("no break provokes the cause %s", id)
		}
	}
}

// A check's summary is a promise that a reader can hold against its verdict.
func TestSummariesAreSentences(t *testing.T) {
	each(t, func(t *testing.T, _ suites.Area, check suites.Check) {
		if strings.HasSuffix(check.Summary, ".") || len(check.Summary) > 140 || len(strings.Fields(check.Summary)) < 5 {
			t.Errorf("%q: want one sentence of at most 140 characters, without a full stop", check.Summary)
		}
	})
}

var update = flag.Bool("update", false, "rewrite golden files")

// Who follows whom on one stage is worth a look when a check is added or changed: -update writes it anew.
func TestBills(t *testing.T) {
	var trials []*suites.Trial
	Catalogue().Each(func(area suites.Area, check suites.Check) {
		trials = append(trials, &suites.Trial{Area: area, Check: check})
	})
	var got strings.Builder
	for _, bill := range suites.Bills(t.Context(), trials) {
		if len(bill) > 1 {
			fmt.Fprintln(&got, strings.Join(bill, " "))
		}
	}
	path := filepath.Join("testdata", "bills.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("who shares a stage has changed (-want +got); -update if that is meant:\n%s", diff)
	}
}
