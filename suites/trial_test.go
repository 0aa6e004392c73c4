package suites

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

func TestJudge(t *testing.T) {
	stopped, stop := context.WithCancelCause(t.Context())
	stop(fmt.Errorf("%w by --fail-fast", errStopped))
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	blind := fixtures.NewNotes(time.Now())
	blind.Unobserved = errors.New("the tunnel broke")
	seeing := fixtures.NewNotes(time.Now())
	for _, row := range []struct {
		name   string
		ctx    context.Context
		notes  *fixtures.Notes
		failed *verdict
		err    error
		want   reports.Result
	}{
		{"nothing failed", t.Context(), seeing, nil, nil, reports.Passed},
		{"an assertion failed", t.Context(), seeing, &verdict{"no"}, nil, reports.Failed},
		{"an assertion failed, but nothing was seen", t.Context(), blind, &verdict{"no"}, nil, reports.Unknown},
		{"a pod came too late", t.Context(), seeing, nil, fmt.Errorf("staging: %w", fixtures.ErrLate), reports.Failed},
		{"the harness broke", t.Context(), seeing, nil, errors.New("no such file"), reports.Unknown},
		{"stopped by another's failure", stopped, seeing, nil, errors.New("late"), reports.Blocked},
		{"interrupted by a person", interrupted, seeing, &verdict{"no"}, nil, reports.Blocked},
	} {
		t.Run(row.name, func(t *testing.T) {
			trial := &Trial{notes: row.notes}
			if got, message := trial.judge(row.ctx, row.failed, row.err); got != row.want {
				t.Errorf("judged %s (%s), want %s", got, message, row.want)
			}
		})
	}
}

func TestAct(t *testing.T) {
	t.Run("an assertion is a verdict", func(t *testing.T) {
		failed, err := act(func() { fail("expected green") })
		if failed == nil || failed.message != "expected green" || err != nil {
			t.Errorf("got %v, %v", failed, err)
		}
	})
	t.Run("a panic is the check's own fault", func(t *testing.T) {
		failed, err := act(func() { var none []int; _ = none[1] })
		if failed != nil || err == nil {
			t.Errorf("got %v, %v", failed, err)
		}
	})
}

func TestSabotageThatFailsIsNoKill(t *testing.T) {
	trial := &Trial{
		Check: Check{Name: "Wire"}, notes: fixtures.NewNotes(time.Now()),
		Break: &Break{Name: "cut", Do: func(context.Context, *fixtures.Mesh) { fail("nothing was cut") }},
	}
	err := trial.sabotage(t.Context())
	if result, message := trial.judge(t.Context(), nil, err); result != reports.Unknown {
		t.Errorf("judged %s (%s), want unknown", result, message)
	}
}

func TestScenesFitIntoNamespaces(t *testing.T) {
	trial := &Trial{Check: Check{Name: "PolicyChangeClosesConnectionsOfEverybodyEverywhereAndAlways"}, Break: &Break{Name: "existing-connections-survive"}}
	if scene := trial.scene(1); len(scene) > 63 {
		t.Errorf("%s has %d characters, more than a namespace may", scene, len(scene))
	}
}

func TestOnlyWhatIsAskedIsDiagnosed(t *testing.T) {
	for _, row := range []struct {
		name   string
		broken *Break
		result reports.Result
		want   bool
	}{
		{"red as it is", nil, reports.Failed, true},
		{"green as it is", nil, reports.Passed, false},
		{"red as it was meant to be", &Break{}, reports.Failed, false},
		{"red for a cause that was provoked", &Break{Cause: "strict"}, reports.Failed, true},
		{"a break that did not succeed", &Break{}, reports.Unknown, true},
		{"a broken instrument", &Break{Instrument: fixtures.WatchNeverFires}, reports.Unknown, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := (&Trial{Break: row.broken}).wantsCause(row.result); got != row.want {
				t.Errorf("diagnosed: %v, want %v", got, row.want)
			}
		})
	}
}
