package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/reports"
)

// qualify is what `runner` does without a subcommand.
func qualify(cmd *cobra.Command, o options) error {
	return execute(cmd, o, purpose{})
}

// execute resolves the options, prints the plan when only that is asked for, and else carries it out.
func execute(cmd *cobra.Command, o options, why purpose) error {
	o.complete()
	if err := o.validate(); err != nil {
		return err
	}
	r, err := newRun(o, why)
	if err != nil {
		return err
	}
	if why.prove && o.reuseIstio && !o.disrupt {
		return usageError{errors.New("prove breaks things on purpose, and the mesh is somebody else's: --allow-disruption lets it")}
	}
	if o.dryRun {
		r.foresee(cmd.Context())
		return r.printPlan(cmd.Context(), cmd.OutOrStdout())
	}
	if err := r.preflight(cmd.Context()); err != nil {
		return usageError{err}
	}
	report, err := r.story(cmd.Context())
	if r.foreign != nil {
		return usageError{r.foreign}
	}
	if err != nil {
		return err
	}
	return r.conclude(cmd.OutOrStdout(), report)
}

// story is the whole run. Each step is a row of the report; when one fails, those after it are blocked and the report
// is written all the same. Deletion is arranged before there is anything to delete, and comes after the report: what
// was found must not be lost to a machine that dies while it cleans up.
func (r *run) story(ctx context.Context) (report reports.Report, err error) {
	r.started = time.Now()
	if err := clearReport(r.reportDir); err != nil {
		return report, err
	}
	if r.chosen != "" {
		r.console.note("platform %s (%s)", r.options.platform, r.chosen)
	}
	defer func() { report, err = r.amend(report, err) }()
	defer r.delete(ctx)
	defer func() { report, err = r.finish(ctx) }()
	defer r.recoverStep()

	r.step(ctx, "provide-images", "Getting binaries and images ready", r.equip)
	deadline, stop := r.deadline(ctx)
	defer stop()
	r.step(deadline, "create-platform", r.words().create, r.createPlatform)
	if _, own := cni.Named(r.cni); own {
		r.step(deadline, "install-cni", "Installing "+r.cni, r.installCNI)
	}
	r.step(deadline, "prepare-fixtures", "Deploying node agents", r.prepareLab)
	r.step(deadline, "before-mesh", "Starting witnesses of the installation", r.overture)
	r.step(deadline, "install-mesh", r.words().install, r.installMesh)
	r.step(deadline, "run-checks", "Running checks", r.runChecks)
	return report, nil
}

// deadline bounds what follows by --timeout.
func (r *run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, r.timeout, fmt.Errorf("--timeout of %s is over", r.timeout))
}

// createPlatform makes the cluster and connects to it.
func (r *run) createPlatform(ctx context.Context) error {
	r.begun = true
	cluster, err := r.platform.Create(ctx, r.spec())
	if errors.Is(err, platforms.ErrExists) {
		r.foreign = err
	}
	if err != nil {
		return err
	}
	r.cluster = cluster
	if err := r.applyPrerequisites(ctx); err != nil {
		return err
	}
	if r.backend.loads {
		if err := r.platform.Load(ctx, r.name, r.supply.archives...); err != nil {
			return err
		}
	}
	return r.connect()
}

// delete removes what the run made, whatever became of it; with --keep it only says how to. It runs after the report
// was written, and on a context of its own: a person who pressed Ctrl-C wants the cluster gone, too.
func (r *run) delete(ctx context.Context) {
	r.lab.Close()
	if !r.begun || r.foreign != nil {
		return // a cluster of that name, if there is one, is not this run's
	}
	if r.keep {
		r.sayKept()
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deletionTimeout)
	defer cancel()
	r.stopped = nil // a failed run is deleted, too
	r.step(ctx, "delete-platform", r.words().remove, func(ctx context.Context) error {
		if err := r.platform.Delete(ctx, r.name); err != nil {
			return fmt.Errorf("%w; remove it with: %s", err, r.removal())
		}
		return nil
	})
}
