package suites

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// Trial is one check on its way to a row: as it is, or broken by one of its breaks.
type Trial struct {
	Area  Area
	Check Check
	Break *Break
	Waits fixtures.Waits

	mesh     *fixtures.Mesh
	notes    *fixtures.Notes
	start    time.Time
	ensemble *fixtures.Ensemble // with whom it shares what it does to the mesh
	ended    *reports.Row       // set when the trial ended before Verify
	stays    bool               // its stage stands on when it has passed, for encores
	took     time.Duration      // of Verify
	earlier  []reports.Attempt  // on the stages of others
}

// Name tells trials apart: the check's name, and the break's where there is one.
func (t *Trial) Name() string {
	if t.Break == nil {
		return t.Check.Name
	}
	return t.Check.Name + "/" + t.Break.Name
}

// maxScene leaves room, in the 63 characters of a namespace, for the number of an attempt and for the names of a check's
// further namespaces.
const maxScene = 48

// scene is the namespace of one attempt: at most 63 characters, and telling for whoever lists namespaces.
func (t *Trial) scene(attempt int) string {
	name := "ac-" + t.Check.File()
	if t.Break != nil {
		name += "-x-" + t.Break.Name
	}
	if len(name) > maxScene {
		// What is cut off comes back as a digest, so that two long names stay two.
		name = fmt.Sprintf("%s-%08x", strings.TrimRight(name[:maxScene-9], "-"), crc32.ChecksumIEEE([]byte(name)))
	}
	if attempt > 0 {
		name += fmt.Sprintf("-%d", attempt+1)
	}
	return name
}

// begin starts the clock and the notes of an attempt.
func (t *Trial) begin() {
	t.start = time.Now()
	t.notes = fixtures.NewNotes(t.start)
}

// raise sets the stage: the namespace, its workloads, and the sabotage if there is one.
func (t *Trial) raise(ctx context.Context, lab *fixtures.Lab, attempt int) error {
	t.begin()
	spec, err := t.spec(attempt)
	if err != nil {
		return err
	}
	t.mesh, err = lab.Stage(ctx, spec)
	return err
}

// spec is the stage that an attempt needs.
func (t *Trial) spec(attempt int) (fixtures.StageSpec, error) {
	manifest, err := t.Area.Manifest(t.Check)
	var unbroken []byte
	if err == nil && t.Break != nil && t.Break.Old != "" {
		unbroken = manifest
		manifest, err = fixtures.Edit(manifest, t.Break.Old, t.Break.New)
	}
	return fixtures.StageSpec{
		Name: t.scene(attempt), Manifest: manifest, Unbroken: unbroken, Notes: t.notes, Waits: t.Waits, Fail: fail,
		Faults: t.faults(), Ensemble: t.ensemble,
	}, err
}

// scenery is what stands when a trial begins.
func (t *Trial) scenery(ctx context.Context) (fixtures.Scenery, error) {
	spec, err := t.spec(0)
	if err != nil {
		return fixtures.Scenery{}, err
	}
	return fixtures.SceneryOf(ctx, spec.Manifest)
}

func (t *Trial) faults() []string {
	if t.Break == nil {
		return nil
	}
	return t.Break.Faults
}

// verdict is what a failed assertion panics with; it never leaves act.
type verdict struct{ message string }

func fail(message string, _ ...int) { panic(verdict{message}) }

// act runs one part of a check and returns the assertion that failed, if one did.
func act(part func()) (failed *verdict, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case verdict:
			failed = &thrown
		default:
			err = fmt.Errorf("the check itself panicked: %v\n%s", thrown, debug.Stack())
		}
	}()
	part()
	return nil, nil
}

// examine sabotages and asks, within the check's budget.
func (t *Trial) examine(ctx context.Context) (failed *verdict, err error) {
	ctx, cancel := t.Check.bounded(ctx)
	defer cancel()
	if err := t.sabotage(ctx); err != nil {
		return nil, err
	}
	return t.ask(ctx)
}

// ask runs Verify and takes its time.
func (t *Trial) ask(ctx context.Context) (failed *verdict, err error) {
	defer func(start time.Time) { t.took = time.Since(start) }(time.Now())
	return act(func() { t.Check.Verify(ctx, t.mesh) })
}

// errStopped ends what has not ended by itself when the run is stopped early.
var errStopped = errors.New("the run was stopped")

// sabotage breaks by hand what is to be broken so. When that does not succeed nothing was proven: an error, and no kill.
func (t *Trial) sabotage(ctx context.Context) error {
	if t.Break == nil {
		return nil
	}
	if t.Break.Instrument != "" {
		t.mesh.BreakInstrument(t.Break.Instrument)
	}
	if t.Break.Do == nil {
		return nil
	}
	failed, err := act(func() { t.Break.Do(ctx, t.mesh) })
	if failed != nil {
		err = errors.New(failed.message)
	}
	if err != nil {
		// As text: what comes too late here is the sabotage's failure, and not the mesh's.
		return fmt.Errorf("breaking %s by %s did not succeed: %s", t.Check.Name, t.Break.Name, err.Error())
	}
	return nil
}

// judge turns how a part ended into the row's result. ctx is the session's: when that is over, nothing can be said.
func (t *Trial) judge(ctx context.Context, failed *verdict, err error) (reports.Result, string) {
	switch {
	case ctx.Err() != nil:
		return reports.Blocked, "the run ended first: " + context.Cause(ctx).Error()
	case err != nil && errors.Is(err, fixtures.ErrLate):
		return reports.Failed, err.Error()
	case err != nil:
		return reports.Unknown, err.Error()
	case failed == nil:
		return reports.Passed, ""
	case t.notes.Blind() != nil:
		return reports.Unknown, failed.message
	}
	return reports.Failed, failed.message
}
