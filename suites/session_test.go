package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// played is a session whose attempts end as scripted, without a cluster.
type played struct {
	mu    sync.Mutex
	order []string
	now   int // attempts under way
	most  map[string]int
}

func (p *played) session(script map[string][]reports.Result, trials ...*Trial) *Session {
	p.most = map[string]int{}
	s := &Session{Trials: trials, Workers: 4}
	s.try = func(ctx context.Context, trial *Trial, n int) reports.Row {
		p.mu.Lock()
		p.order = append(p.order, trial.Name())
		p.now++
		p.most[trial.Name()] = p.now
		p.mu.Unlock()
		defer func() { p.mu.Lock(); p.now--; p.mu.Unlock() }()
		row := Blank(trial.Area, trial.Check)
		row.Result, row.Message = script[trial.Name()][n], "as scripted"
		if ctx.Err() != nil {
			row.Result = reports.Blocked
		}
		return row
	}
	return s
}

func trial(name string, alone bool) *Trial { return &Trial{Check: Check{Name: name, Alone: alone}} }

func TestRetriesAreShown(t *testing.T) {
	var p played
	s := p.session(map[string][]reports.Result{
		"Flaky":  {reports.Failed, reports.Unknown, reports.Passed},
		"Steady": {reports.Passed},
	}, trial("Flaky", false), trial("Steady", false))
	s.Retries = 2
	s.Start(t.Context())
	rows := s.Rows()
	if rows[0].Result != reports.Passed || len(rows[0].Attempts) != 2 || rows[0].Attempts[0].Result != reports.Failed {
		t.Errorf("unexpected row of the flaky check: %+v", rows[0])
	}
	if len(rows[1].Attempts) != 0 {
		t.Errorf("a check that passed at once was tried again: %+v", rows[1].Attempts)
	}
}

func TestWhatIsBrokenIsNotRetried(t *testing.T) {
	var p played
	broken := trial("Check", false)
	broken.Break = &Break{Name: "fault", Faults: []string{"any"}}
	s := p.session(map[string][]reports.Result{"Check": {reports.Failed, reports.Passed}, "Check/fault": {reports.Failed}}, trial("Check", false), broken)
	s.Retries = 1
	s.Start(t.Context())
	rows := s.Rows()
	if rows[0].Result != reports.Passed || rows[1].Result != reports.Failed || len(rows[1].Attempts) != 0 {
		t.Errorf("unbroken %s, broken %s after %d attempts; want passed, and failed at once", rows[0].Result, rows[1].Result, len(rows[1].Attempts)+1)
	}
}

// TestRetriesWaitForTheCrowd has one worker, so that the order of attempts tells what waits for what.
func TestRetriesWaitForTheCrowd(t *testing.T) {
	var p played
	s := p.session(map[string][]reports.Result{
		"Flaky":  {reports.Failed, reports.Failed, reports.Passed},
		"Steady": {reports.Passed},
		"Alone":  {reports.Failed, reports.Passed},
	}, trial("Flaky", false), trial("Steady", false), trial("Alone", true))
	s.Workers, s.Retries = 1, 2
	s.Start(t.Context())
	s.Rows()
	want := []string{"Flaky", "Steady", "Flaky", "Flaky", "Alone", "Alone"}
	if !slices.Equal(p.order, want) {
		t.Errorf("attempts were made in the order %v, want %v", p.order, want)
	}
}

func TestWhatHappensOnceIsNotRetried(t *testing.T) {
	var p played
	install := trial("Install", false)
	install.Check.Before = func(context.Context, *fixtures.Mesh) {}
	s := p.session(map[string][]reports.Result{"Install": {reports.Failed, reports.Passed}}, install)
	s.Retries = 1
	s.Start(t.Context())
	if row := s.Rows()[0]; row.Result != reports.Failed {
		t.Errorf("a check of the installation is %s after the installation was over", row.Result)
	}
}

func TestFailFastBlocksTheRest(t *testing.T) {
	var p played
	s := p.session(map[string][]reports.Result{"Bad": {reports.Failed}, "Later": {reports.Passed}}, trial("Bad", false), trial("Later", true))
	s.FailFast = true
	s.Start(t.Context())
	rows := s.Rows()
	if rows[0].Result != reports.Failed || rows[1].Result != reports.Blocked {
		t.Errorf("results are %s and %s, want failed and blocked", rows[0].Result, rows[1].Result)
	}
}

// A mesh that cannot be brought back is told of in the row of the trial that needed it.
func TestAMeshThatCannotBeInstalledAgain(t *testing.T) {
	lab := &fixtures.Lab{Removed: true, Reinstall: func(context.Context) error { return errors.New("no charts") }}
	s := &Session{Lab: lab, Trials: []*Trial{trial("Next", false)}}
	s.Start(t.Context())
	row := s.Rows()[0]
	if row.Result != reports.Unknown || !strings.Contains(row.Message, "installing the mesh again: no charts") {
		t.Errorf("the row is %s: %q", row.Result, row.Message)
	}
}

func TestOrderAmongThoseThatAreAlone(t *testing.T) {
	var p played
	last, first := trial("Last", true), trial("First", true)
	last.Check.Last, first.Check.First = true, true
	trials := []*Trial{last, trial("Alone", true), trial("Together", false), first}
	script := map[string][]reports.Result{}
	for _, trial := range trials {
		script[trial.Name()] = []reports.Result{reports.Passed}
	}
	s := p.session(script, trials...)
	s.Start(t.Context())
	s.Rows()
	if want := []string{"Together", "First", "Alone", "Last"}; !slices.Equal(p.order, want) {
		t.Errorf("order was %v, want %v", p.order, want)
	}
}

func TestTrialsThatDisturbRunAloneAndLast(t *testing.T) {
	var p played
	script := map[string][]reports.Result{}
	trials := []*Trial{trial("Alone", true), trial("A", false), trial("B", false), trial("C", false)}
	for _, trial := range trials {
		script[trial.Name()] = []reports.Result{reports.Passed}
	}
	s := p.session(script, trials...)
	var told []string
	s.OnRow = func(row reports.Row) { told = append(told, row.Name) }
	s.Start(t.Context())
	s.Rows()
	if p.order[len(p.order)-1] != "Alone" || p.most["Alone"] != 1 {
		t.Errorf("order was %v, with %d under way beside Alone", p.order, p.most["Alone"]-1)
	}
	slices.Sort(told)
	if !slices.Equal(told, []string{"A", "Alone", "B", "C"}) {
		t.Errorf("rows were told of %v, want each once", told)
	}
}

func TestTrialsThatDisturbAlikeRunTogether(t *testing.T) {
	broken := func(check, name string, alone bool) *Trial {
		return &Trial{Check: Check{Name: check, Alone: alone}, Break: &Break{Name: name, Alone: true}}
	}
	serial, last := trial("Serial", true), trial("Last", true)
	serial.Check.Serial, last.Check.Last = true, true
	var got []string
	for _, ensemble := range ensembles([]*Trial{
		broken("Chained", "cni-gone", false), broken("Enrol", "cni-gone", false), broken("Enrol", "istiod-gone", false),
		trial("Restart", true), broken("Restart", "opted-out", true), serial, serial, last, last,
	}) {
		var names []string
		for _, member := range ensemble {
			names = append(names, member.Name())
		}
		got = append(got, strings.Join(names, " "))
	}
	want := []string{"Chained/cni-gone Enrol/cni-gone", "Enrol/istiod-gone", "Restart Restart/opted-out", "Serial", "Serial", "Last", "Last"}
	if !slices.Equal(got, want) {
		t.Errorf("performed %q, want %q", got, want)
	}
}

const stageOfOne = `
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec: {containers: [{name: agent}]}
---
apiVersion: v1
kind: Service
metadata: {name: server, annotations: {conformance.ambient/when: later}}
spec: {selector: {app: server}, ports: [{port: 80}]}
`

func TestEncoresLeaveTheStageAsItIs(t *testing.T) {
	area := Area{Name: "mtls", Manifests: fstest.MapFS{"wire.yaml": {Data: []byte(stageOfOne)}, "used-up.yaml": {Data: []byte(stageOfOne)}}}
	wire, used := Check{Name: "Wire"}, Check{Name: "UsedUp", Once: true}
	of := func(check Check, sabotage *Break) *Trial { return &Trial{Area: area, Check: check, Break: sabotage} }
	var got []string
	for _, c := range companies(t.Context(), []*Trial{
		of(wire, nil), of(wire, &Break{Name: "fault", Faults: []string{"any"}}), of(wire, &Break{Name: "pod", Old: "{app: server}}\nspec: {containers", New: "{app: other}}\nspec: {containers"}),
		of(wire, &Break{Name: "cue", Old: "port: 80", New: "port: 81"}), of(wire, &Break{Name: "hand", Do: func(context.Context, *fixtures.Mesh) {}}),
		of(used, nil), of(used, &Break{Name: "fault", Faults: []string{"any"}}),
	}) {
		names := []string{c.lead.Name()}
		for _, encore := range c.encores {
			names = append(names, encore.Break.Name)
		}
		got = append(got, strings.Join(names, " "))
	}
	want := []string{"Wire fault cue", "Wire/pod", "Wire/hand", "UsedUp", "UsedUp/fault"}
	if !slices.Equal(got, want) {
		t.Errorf("companies are %q, want %q", got, want)
	}
}

const (
	furtherPod    = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, labels: {app: client}}\nspec: {containers: [{name: agent}]}\n"
	furtherPolicy = "\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict}\nspec: {mtls: {mode: STRICT}}\n"
)

func TestBillsGatherWhoCanFollow(t *testing.T) {
	small, large, strict := stageOfOne, stageOfOne+furtherPod, stageOfOne+furtherPolicy
	area := Area{Name: "mtls", Manifests: fstest.MapFS{}}
	of := func(check Check, manifest string) *Trial {
		area.Manifests.(fstest.MapFS)[check.File()+".yaml"] = &fstest.MapFile{Data: []byte(manifest)}
		return &Trial{Area: area, Check: check}
	}
	trials := []*Trial{
		of(Check{Name: "Small"}, small), of(Check{Name: "Used", Once: true}, small), of(Check{Name: "Long", Budget: DefaultBudget}, small),
		of(Check{Name: "Large"}, large), of(Check{Name: "Strict"}, strict), of(Check{Name: "Alone", Alone: true}, small),
		of(Check{Name: "AloneToo", Alone: true}, small), of(Check{Name: "Last", Last: true, Alone: true}, small),
		of(Check{Name: "First", Before: func(context.Context, *fixtures.Mesh) {}}, small), of(Check{Name: "Nothing"}, ""),
	}
	for n := range longestBill {
		trials = append(trials, of(Check{Name: fmt.Sprint("Small", n)}, small))
	}
	var got []string
	for _, bill := range Bills(t.Context(), trials) {
		got = append(got, strings.Join(bill, " "))
	}
	want := []string{"Used", "Long", "Large Small Small0 Small1 Small2 Small3", "Strict", "Nothing", "Small4 Small5", "Alone AloneToo"}
	if !slices.Equal(got, want) {
		t.Errorf("bills are %q, want %q", got, want)
	}
}

// What is red on the stage of another is asked again on one of its own, and whoever is left follows there.
func TestABillGoesOnWithoutTheStage(t *testing.T) {
	red, green := reports.Failed, reports.Passed
	for _, row := range []struct {
		name       string
		alone      map[string]reports.Result // by check, with a stage of its own
		following  map[string]reports.Result // on another's
		unreliable string                    // after which the stage cannot be cleared
		want       []string
		attempts   int // that the row of B tells of
	}{
		{"all pass", nil, nil, "", []string{"A", "B on A", "C on A"}, 0},
		{"the second is red there only", nil, map[string]reports.Result{"B": red}, "", []string{"A", "B on A", "B", "C on B"}, 1},
		{"the second is red", map[string]reports.Result{"B": red}, map[string]reports.Result{"B": red}, "", []string{"A", "B on A", "B", "C"}, 1},
		{"the first is red", map[string]reports.Result{"A": red}, nil, "", []string{"A", "B", "C on B"}, 0},
		{"the stage is not as it was", nil, nil, "B", []string{"A", "B on A", "B", "C on B"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			area := Area{Name: "mtls", Manifests: fstest.MapFS{}}
			s := &Session{Workers: 4}
			for _, name := range []string{"A", "B", "C"} {
				area.Manifests.(fstest.MapFS)[strings.ToLower(name)+".yaml"] = &fstest.MapFile{Data: []byte(stageOfOne)}
				s.Trials = append(s.Trials, &Trial{Area: area, Check: Check{Name: name}})
			}
			var order []string
			ended := func(trial *Trial, results map[string]reports.Result) reports.Row {
				blank := Blank(trial.Area, trial.Check)
				blank.Result, blank.Attempts = cmp.Or(results[trial.Name()], green), trial.earlier
				return blank
			}
			s.try = func(_ context.Context, trial *Trial, _ int) reports.Row {
				order = append(order, trial.Name())
				trial.mesh = &fixtures.Mesh{Scene: trial.Name()}
				return ended(trial, row.alone)
			}
			s.more = func(_ context.Context, stage *fixtures.Mesh, trial *Trial) (reports.Row, error) {
				order = append(order, trial.Name()+" on "+stage.Scene)
				if trial.Name() == row.unreliable {
					return reports.Row{}, errors.New("the stage cannot be cleared")
				}
				return ended(trial, row.following), nil
			}
			s.Start(t.Context())
			rows := s.Rows()
			if !slices.Equal(order, row.want) {
				t.Errorf("asked %q, want %q", order, row.want)
			}
			for _, got := range rows {
				if want := cmp.Or(row.alone[got.Name], green); got.Result != want {
					t.Errorf("%s is %s, want %s", got.Name, got.Result, want)
				}
			}
			if len(rows[1].Attempts) != row.attempts {
				t.Errorf("the row of B tells of %d attempts, want %d", len(rows[1].Attempts), row.attempts)
			}
			if row.attempts > 0 && !strings.HasPrefix(rows[1].Attempts[0].Message, "on the stage of A: ") {
				t.Errorf("the row of B does not tell where it was red: %q", rows[1].Attempts[0].Message)
			}
		})
	}
}

func TestLongTrialsBeginEarly(t *testing.T) {
	long := trial("Long", false)
	long.Check.Budget = DefaultBudget
	var got []string
	for _, trial := range longInside([]*Trial{
		trial("A", false), trial("B", false), trial("C", false), trial("D", false), trial("E", false), long,
	}) {
		got = append(got, trial.Name())
	}
	if want := []string{"A", "Long", "B", "C", "D", "E"}; !slices.Equal(got, want) {
		t.Errorf("order is %v, want %v", got, want)
	}
}
