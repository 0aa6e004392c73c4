package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/strvals"

	"github.com/ambient-conformance/ambient-conformance/fixtures/images"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

// supply is what will run inside the cluster, as references that its nodes know once the archives are loaded.
type supply struct {
	agent               string
	pilot, cni, ztunnel string // full references; empty leaves them to hub and tag
	hub, tag            string
	selfTest            bool   // the double stands in for ztunnel
	origin              string // where Istio's images come from, in words
	cniConfDir          string
	archives            []string
	cilium              cni.Settings // what of them is known before the cluster is
}

// provide decides where Istio's images come from and gets everything that has to be on the nodes.
func (r *run) provide(ctx context.Context) error {
	dir, err := r.imageDir()
	if err != nil {
		return err
	}
	s := supply{cniConfDir: r.foreseenConfDir(), archives: r.imageArchives}
	ref, archive, err := images.Agent.Archive(dir)
	if err != nil {
		return err
	}
	s.agent, s.archives = ref, append(s.archives, archive)
	if r.backend.attached {
		s.agent = cmp.Or(r.agentImage, ref)
		if r.agentImage != "" {
			s.archives = r.imageArchives // the nodes pull the agent
		} else if !r.backend.loads {
			r.console.note("the nodes must have image %s (archive %s), or name another with --agent-image", ref, archive)
		}
	}
	if r.reuseIstio {
		s.origin = "those of the mesh that is there"
	} else if err := r.provideIstio(ctx, dir, &s); err != nil {
		return err
	}
	r.supply = s
	if err := r.provideCNI(ctx, dir); err != nil {
		return err
	}
	r.console.note("images: %s", s.origin)
	if r.backend.equip == nil {
		return nil
	}
	return r.backend.equip(ctx, r)
}

// foreseenConfDir is where the nodes' runtime is taken to look for CNI, until it can be asked.
func (r *run) foreseenConfDir() string {
	return cmp.Or(r.confDir, r.backend.confDir, r.layoutConfDir())
}

// imageDir is where archives made by this runner are kept between runs.
func (r *run) imageDir() (string, error) {
	cache := r.cache
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the user's cache directory (or name one with --cache): %w", err)
		}
		cache = filepath.Join(user, "ambient-conformance")
	}
	return filepath.Join(cache, "images"), nil
}

// provideIstio takes the released images when a registry answers, and otherwise what can be built from modules.
func (r *run) provideIstio(ctx context.Context, dir string, s *supply) error {
	s.hub, s.tag = r.released()
	s.ztunnel = r.ztunnelImage
	if !r.builds(ctx) {
		s.origin = fmt.Sprintf("released images %s/*:%s", s.hub, s.tag)
		if r.backend.attached {
			return nil // its nodes pull them
		}
		archives, err := mesh.PullReleased(ctx, s.hub, s.tag, dir, r.console.detail)
		s.archives = append(s.archives, archives...)
		return err
	}
	return r.buildIstio(ctx, dir, s)
}

// builds says whether Istio's images are built rather than pulled. With --images auto that is so where the registry of the
// released ones does not answer.
func (r *run) builds(ctx context.Context) bool {
	if r.images != "auto" {
		return r.images == "built"
	}
	hub, tag := r.released()
	// What an existing cluster's nodes reach, this machine cannot tell.
	return !r.backend.attached && !mesh.RegistryAnswers(ctx, hub+"/ztunnel:"+tag)
}

func (r *run) buildIstio(ctx context.Context, dir string, s *supply) error {
	set, err := build.Istio(ctx, r.buildOptions())
	if err != nil {
		return err
	}
	for _, image := range set.Images {
		s.archives = append(s.archives, image.Archive)
		switch {
		case strings.Contains(image.Ref, "/pilot:"):
			s.pilot = image.Ref
		case strings.Contains(image.Ref, "/install-cni:"):
			s.cni = image.Ref
		}
	}
	s.origin = "built from Istio's module"
	if s.ztunnel != "" {
		return nil
	}
	ref, archive, err := images.Ztunnel.Archive(dir)
	if err != nil {
		return err
	}
	s.ztunnel, s.archives, s.selfTest = ref, append(s.archives, archive), true
	s.origin += "; ztunnel is a double"
	return nil
}

// released is where released images would be.
func (r *run) released() (hub, tag string) {
	hub, tag = mesh.DefaultHub, mesh.DefaultTag
	if r.istioVersion != "" {
		tag = r.istioVersion
	}
	if r.hub != "" {
		hub = r.hub
	}
	if r.tag != "" {
		tag = r.tag
	}
	return hub, tag
}

func (r *run) buildOptions() build.Options {
	return build.Options{Cache: r.cache, Progress: r.console.detail}
}

// futileInstall is how long an installation is given that is documented to fail: many times what one takes that succeeds.
const futileInstall = 90 * time.Second

// settings are the mesh this run installs.
func (r *run) settings() mesh.Settings {
	var timeout time.Duration
	if variant, _ := cni.Named(r.cni); variant.Expect.Install != "" {
		timeout = futileInstall
	}
	return mesh.Settings{
		Timeout:      timeout,
		Charts:       r.charts(),
		Hub:          r.supply.hub,
		Tag:          r.supply.tag,
		PilotImage:   r.supply.pilot,
		CNIImage:     r.supply.cni,
		ZtunnelImage: r.supply.ztunnel,
		PullPolicy:   "IfNotPresent",
		Platform:     r.meshPlatform(),
		Values:       r.backend.chartsWith(r.values),
		Owner:        r.name,
	}
}

// charts names the source of Istio's charts; the zero value is the embedded ones.
func (o *options) charts() mesh.Source {
	source := mesh.Source{Version: o.istioVersion}
	switch {
	case strings.Contains(o.istioCharts, "://"):
		source.Repo = o.istioCharts
	case o.istioCharts != "":
		source = mesh.Source{Dir: o.istioCharts}
	case o.istioVersion != "":
		source.Repo = mesh.ReleasedCharts
	}
	return source
}

// chartValues reads --set CHART.PATH=VALUE as Helm reads PATH=VALUE.
func (o *options) chartValues() (map[string]map[string]any, error) {
	values := map[string]map[string]any{}
	for _, assignment := range o.set {
		chart, rest, ok := strings.Cut(assignment, ".")
		if !ok || !strings.Contains(rest, "=") {
			return nil, fmt.Errorf("--set %q: want CHART.PATH=VALUE with CHART one of base, istiod, cni, ztunnel, cilium", assignment)
		}
		if chart == ciliumChart && o.cni == cni.Default {
			return nil, fmt.Errorf("--set %q: --cni default installs no Cilium", assignment)
		}
		if values[chart] == nil {
			values[chart] = map[string]any{}
		}
		if err := strvals.ParseInto(rest, values[chart]); err != nil {
			return nil, fmt.Errorf("--set %q: %w", assignment, err)
		}
	}
	return values, nil
}
