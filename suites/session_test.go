package suites

import (
	"context"
	"errors"
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

func TestLongTrialsBeginInTheMiddle(t *testing.T) {
	long := trial("Long", false)
	long.Check.Budget = DefaultBudget
	var got []string
	for _, trial := range longInTheMiddle([]*Trial{trial("A", false), trial("B", false), trial("C", false), trial("D", false), long}) {
		got = append(got, trial.Name())
	}
	if want := []string{"A", "B", "Long", "C", "D"}; !slices.Equal(got, want) {
		t.Errorf("order is %v, want %v", got, want)
	}
}
