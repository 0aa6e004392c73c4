package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/cause"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
)

// layoutProblems says what is wrong with --layout and --istio-platform.
func (o *options) layoutProblems() (problems []error) {
	if o.layout != "" && !slices.Contains(local.Layouts(), o.layout) {
		problems = append(problems, fmt.Errorf("unknown layout %q: choose one of %s", o.layout, strings.Join(local.Layouts(), ", ")))
	}
	if o.layout != "" && o.platform != "local" {
		problems = append(problems, fmt.Errorf("--layout needs --platform local: the directories of %s are its own", o.platform))
	}
	if known := append([]string{"auto", "none"}, mesh.Platforms()...); !slices.Contains(known, o.istioPlatform) {
		problems = append(problems, fmt.Errorf("unknown Istio platform %q: choose one of %s", o.istioPlatform, strings.Join(known, ", ")))
	}
	return problems
}

// meshPlatform is global.platform of Istio's charts. They refuse names of platforms they have no settings for.
func (r *run) meshPlatform() string {
	switch {
	case r.istioPlatform == "auto" && slices.Contains(mesh.Platforms(), r.layout):
		return r.layout
	case r.istioPlatform == "auto":
		return r.backend.istio
	case r.istioPlatform == "none":
		return ""
	}
	return r.istioPlatform
}

// agreeOnDirectories holds what Istio's charts would use against what the runtime really reads. Unless --istio-platform
// asks for settings exactly as they are, the runtime's win.
func (r *run) agreeOnDirectories(ctx context.Context) error {
	runtime, err := r.lab.RuntimeDirectories(ctx)
	if errors.Is(err, fixtures.ErrNoRuntime) {
		r.console.note("directories of CNI are not read back: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	r.lab.CNIConfDir = runtime.Conf
	if r.reuseIstio {
		return nil // what our charts would use says nothing about the mesh that is there
	}
	asked, err := mesh.Directories(ctx, r.settings())
	if err != nil {
		return err
	}
	if r.lab.RuntimeDirs, err = r.lab.Resolve(ctx, runtime); err != nil {
		return err
	}
	if r.lab.MeshDirs, err = r.lab.Resolve(ctx, asked); err != nil {
		return err
	}
	differences := cause.Differences(r.lab.MeshDirs, r.lab.RuntimeDirs)
	if len(differences) == 0 {
		return nil
	}
	r.console.note("%s", strings.Join(differences, "\n"))
	if r.istioPlatform != "auto" {
		return nil // asked for exactly: what comes of it is the result
	}
	r.console.note("the runtime's directories are used")
	r.overrideDirectories(asked, runtime)
	r.lab.MeshDirs, err = r.lab.Resolve(ctx, r.directoriesNow(asked, runtime))
	return err
}

// directoriesNow are the runtime's where they lead elsewhere than the asked ones.
func (r *run) directoriesNow(asked, runtime cause.Directories) cause.Directories {
	if r.lab.MeshDirs.Conf != r.lab.RuntimeDirs.Conf {
		asked.Conf = runtime.Conf
	}
	if r.lab.MeshDirs.Bin != r.lab.RuntimeDirs.Bin {
		asked.Bin = runtime.Bin
	}
	if r.lab.MeshDirs.Netns != r.lab.RuntimeDirs.Netns {
		asked.Netns = runtime.Netns
	}
	return asked
}

// overrideDirectories writes the runtime's directories where the chart honours them; a user's own --set stays.
func (r *run) overrideDirectories(asked, runtime cause.Directories) {
	now := r.directoriesNow(asked, runtime)
	if r.values[mesh.CNI] == nil {
		r.values[mesh.CNI] = map[string]any{}
	}
	values := r.values[mesh.CNI]
	for key, value := range map[string]string{"cniConfDir": now.Conf, "cniBinDir": now.Bin, "cniNetnsDir": now.Netns} {
		if _, set := values[key]; !set {
			values[key] = value
		}
	}
}

// readBackDirectories replaces what the charts would use by what istio-cni was given, where both it and the runtime can be
// asked: causes are judged by it, also of a mesh that somebody else has installed.
func (r *run) readBackDirectories(ctx context.Context) {
	if mesh, runtime := r.lab.Meeting(ctx); mesh != (cause.Directories{}) {
		r.lab.MeshDirs, r.lab.RuntimeDirs = mesh, runtime
	}
}

// diagnosisTimeout bounds the look at a cluster after a step has failed, which may have used up the run's own time.
const diagnosisTimeout = 10 * time.Second

// installCauses are the causes that can keep a mesh from coming up. Others are about workloads: a part of the mesh that is not
// ready yet is no app that fails its health check.
var installCauses = []cause.ID{cause.CiliumExclusive, cause.CNIPathWrong, cause.SandboxFailed, cause.ImageUnavailable, cause.Unschedulable}

// explainInstall names the cause of an installation that failed, by what is seen on the nodes and of the mesh's pods.
func (r *run) explainInstall(ctx context.Context) {
	if r.lab.Kube == nil || r.current == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), diagnosisTimeout)
	defer stop()
	found := cause.Of(r.lab.InstallFacts(ctx))
	if !slices.Contains(installCauses, found.ID) {
		return
	}
	r.current.Cause, r.current.CauseID, r.current.CauseSpec = found.Sentence, string(found.ID), found.Spec
}

// layoutConfDir is the directory that the node agents are given to read, before the runtime can be asked.
func (o *options) layoutConfDir() string { return local.ConfDir(o.layout) }
