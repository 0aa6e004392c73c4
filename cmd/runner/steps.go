package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
	"github.com/ambient-conformance/ambient-conformance/platforms/prerequisites"
	"github.com/ambient-conformance/ambient-conformance/reports"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// deletionTimeout is generous: nothing is gained by leaving a cluster behind a little sooner.
const deletionTimeout = 2 * time.Minute

// purpose tells a qualification from a proof: the same story, with other trials.
type purpose struct {
	prove bool // run every check once per break, instead of as it is
}

// run is one run's state, filled step by step.
type run struct {
	options
	purpose
	backend   backend
	console   *console
	catalogue suites.Catalogue
	selected  []string
	values    map[string]map[string]any
	cilium    map[string]any // the user's values for Cilium's chart

	platform        platforms.Platform
	equip           func(context.Context) error // provide, unless a test has nothing to build
	supply          supply
	cluster         *platforms.Cluster
	lab             *fixtures.Lab
	network         *cni.Installed    // nil: the platform's own
	networkSettings map[string]string // of it, as read back
	mesh            *mesh.Installed
	kubernetes      local.Artifacts
	session         *suites.Session
	effective       map[string]string // settings in force, as read back
	confDir         string            // where an existing cluster's runtime looks for conflists
	found           []prerequisites.Finding
	reused          *mesh.Installed // the mesh that is there, when one is reused

	started time.Time
	rows    []reports.Row // of steps, in order
	stopped error         // why the remaining steps are blocked
	current *reports.Row  // the step under way
	begun   bool          // Create was called: there may be something to delete
	foreign error         // the name is taken by a running cluster: nothing of it is ours
}

// words are what the steps are called that do something else on a cluster that exists: nobody must read at night that
// theirs is being deleted.
func (r *run) words() (w struct{ create, install, remove string }) {
	w.create, w.install, w.remove = "Creating the cluster", "Installing ambient mode", "Deleting the cluster"
	if r.backend.attached {
		w.create, w.remove = "Connecting to the cluster", "Removing what this run made"
	}
	if r.reuseIstio {
		w.install = "Connecting to the mesh that is there"
	}
	return w
}

// step carries out one step of the story and writes its row, unless an earlier one failed: then the row says so.
func (r *run) step(ctx context.Context, name, summary string, do func(context.Context) error) {
	row := reports.Row{Name: "step/" + name, Area: reports.StepArea, Summary: summary, Started: time.Now().UTC()}
	r.current = &row
	if r.stopped != nil {
		row.Result, row.Message = reports.Blocked, r.stopped.Error()
		r.rows = append(r.rows, row)
		r.current = nil
		return
	}
	r.console.begin(summary)
	err := do(ctx)
	row.Duration = time.Since(row.Started)
	row.Result = reports.Passed
	if err != nil {
		row.Result, row.Message = stepResult(ctx, err), err.Error()
		r.stopped = fmt.Errorf("step %s did not succeed: %s", name, firstLine(err.Error()))
	}
	r.rows = append(r.rows, row)
	r.current = nil
	r.console.end(row)
}

// stepResult tells what the subject owes from what only the run suffered: an interruption says nothing about a mesh.
func stepResult(ctx context.Context, err error) reports.Result {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return reports.Unknown
	}
	return reports.Failed
}

// recoverStep turns a panic of a step into that step's row, so that diagnostics, report and deletion still happen.
func (r *run) recoverStep() {
	thrown := recover()
	if thrown == nil {
		return
	}
	row := reports.Row{Name: "step/runner", Area: reports.StepArea, Summary: "Running", Started: time.Now().UTC()}
	if r.current != nil {
		row = *r.current
	}
	row.Duration = time.Since(row.Started)
	row.Result, row.Message = reports.Unknown, fmt.Sprintf("the runner panicked: %v\n%s", thrown, debug.Stack())
	r.rows = append(r.rows, row)
	r.stopped = fmt.Errorf("step %s did not succeed", row.Name)
	r.console.end(row)
}

// connect opens the connection that everything after it uses.
func (r *run) connect() error {
	kube, err := fixtures.Connect(r.cluster.REST)
	if err != nil {
		return err
	}
	r.lab.Kube = kube
	return nil
}

// agentNamespace is where the node agents go.
const agentNamespace = "ambient-conformance"

// prepareLab puts the node agents into the cluster.
func (r *run) prepareLab(ctx context.Context) error {
	r.furnishLab()
	if err := r.lab.Prepare(ctx); err != nil {
		return err
	}
	return r.agreeOnDirectories(ctx)
}

// furnishLab tells the lab what its agents are made of.
func (r *run) furnishLab() {
	r.lab.Run, r.lab.Namespace, r.lab.Image = r.name, agentNamespace, r.supply.agent
	r.lab.CNIConfDir = r.supply.cniConfDir
	r.lab.Disposable = !r.backend.attached && !r.keep
}

// overture lets checks look at the cluster before the mesh comes.
func (r *run) overture(ctx context.Context) error {
	r.session = &suites.Session{
		Lab: r.lab, Trials: r.trials(), Workers: r.workers, Retries: r.retries, FailFast: r.failFast,
		Evidence: filepath.Join(r.reportDir, artifacts), OnRow: r.showRow,
	}
	r.session.Overture(ctx)
	return context.Cause(ctx)
}

// showRow tells how a trial ended; a proof wants its trials to fail.
func (r *run) showRow(row reports.Row) {
	if r.prove {
		r.console.kill(row)
		return
	}
	r.console.row(row)
}

// installMesh installs ambient mode, holds what is in force against what was asked for, and connects to the data plane.
func (r *run) installMesh(ctx context.Context) error {
	if r.reuseIstio {
		return r.reuse(ctx)
	}
	installed, err := mesh.Install(ctx, r.cluster.REST, r.settings(), r.console.detail)
	if installed != nil {
		r.mesh = installed
		r.tellSteps(installed.Steps())
	}
	if err != nil {
		r.explainInstall(ctx)
		return err
	}
	if r.effective, err = installed.Effective(ctx); err != nil {
		return err
	}
	if ignored := mesh.Verify(r.settings(), r.effective); len(ignored) > 0 {
		return fmt.Errorf("settings that did not take effect: %s", strings.Join(ignored, "; "))
	}
	r.lab.Reinstall = r.reinstall
	return r.enter(ctx)
}

// enter connects to the data plane of the mesh that is there by now.
func (r *run) enter(ctx context.Context) error {
	installed := r.mesh
	r.lab.Istio, r.lab.MeshConfDir = installed.Charts[mesh.Istiod], r.effective["cni.confDir"]
	r.lab.Unchained = r.effective["cni.CHAINED_CNI_PLUGIN"] == "false"
	r.readBackDirectories(ctx)
	if err := r.lab.EnterMesh(ctx, installed.Namespaces.Istiod, installed.Namespaces.Ztunnel); err != nil {
		return err
	}
	double, err := r.lab.Double(ctx)
	r.supply.selfTest = r.supply.selfTest || double
	return err
}

// reinstall brings the same mesh back after a check has removed it.
func (r *run) reinstall(ctx context.Context) error {
	// A removal that failed halfway has left something that Install would refuse.
	if _, err := mesh.Uninstall(ctx, r.cluster.REST, mesh.Removal{Owner: r.name, Abandon: true}, nil); err != nil {
		return err
	}
	installed, err := mesh.Install(ctx, r.cluster.REST, r.settings(), r.console.detail)
	if err != nil {
		return err
	}
	r.mesh = installed
	return r.lab.RefreshDataplane(ctx)
}

// tellSteps writes the stages of the installation into its row. They overlap: charts are applied side by side.
func (r *run) tellSteps(steps []mesh.Step) {
	for _, step := range steps {
		text := fmt.Sprintf("%s (%.1f s)", step.Name, step.Took.Seconds())
		if step.Err != nil {
			text += ": " + step.Err.Error()
		}
		r.current.Steps = append(r.current.Steps, reports.Step{Text: text, At: max(0, step.Started.Sub(r.current.Started))})
	}
}

// runChecks runs the selected checks as Ginkgo specs. What they found is in their rows: the step itself succeeds
// when every check has one.
func (r *run) runChecks(ctx context.Context) error {
	r.session.Start(ctx)
	suites.RunSpecs(r.session, r.catalogue, r.skipped(), discard)
	r.tellCrowd()
	return context.Cause(ctx)
}

// tellCrowd says how busy the cluster was: what is red on one with too much to do may be red for that.
func (r *run) tellCrowd() {
	median, longest, crowded := r.lab.StageTimes()
	if longest == 0 {
		return
	}
	r.current.Figures = append(r.current.Figures,
		reports.Figure{Name: "time for a check's workloads to stand, median", Value: median.Seconds(), Unit: "s"},
		reports.Figure{Name: "time for a check's workloads to stand, longest", Value: longest.Seconds(), Unit: "s"})
	if crowded {
		r.console.note("a busy machine: the workloads of a check took %.0f s to stand, up to %.0f s, instead of a few; waits were lengthened",
			median.Seconds(), longest.Seconds())
	}
}
