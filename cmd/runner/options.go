package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
	"github.com/ambient-conformance/ambient-conformance/platforms/local"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
	"github.com/ambient-conformance/ambient-conformance/suites"
	"github.com/ambient-conformance/ambient-conformance/suites/all"
)

// options are the flags of every command that touches a cluster. Complete fills what was left open, Validate refuses
// what cannot work; both before anything is created.
type options struct {
	// cluster
	platform, cni, name string
	nodes               int
	cache               string
	attachment

	layout, istioPlatform string // see layout.go
	ciliumVersion         string

	// mesh
	istioVersion, istioCharts string
	hub, tag                  string
	images                    string
	imageArchives             []string
	ztunnelImage              string
	set                       []string

	// selection
	labelFilter string
	focus, skip []string

	// run
	reportDir string
	timeout   time.Duration
	retries   int
	workers   int
	failFast  bool
	keep      bool
	dryRun    bool
	output    string

	chosen string // why the platform was chosen, when it was not asked for
}

func (o *options) bindCluster(flags *pflag.FlagSet) {
	flags.StringVar(&o.platform, "platform", "", "where to run: "+strings.Join(knownPlatforms(), ", ")+" (default: local on Linux as root, else kind)")
	flags.StringVar(&o.cni, "cni", "default", "primary CNI variant: "+strings.Join(knownCNIs, ", "))
	flags.StringVar(&o.ciliumVersion, "cilium-version", "", "released Cilium version whose chart and images to install (default: "+build.CiliumVersion+")")
	flags.StringVar(&o.name, "name", "", "name of the cluster (default: ambient-<random>)")
	flags.StringVar(&o.layout, "layout", "", "platform whose CNI directories the local platform reproduces: "+strings.Join(local.Layouts(), ", "))
	flags.IntVar(&o.nodes, "nodes", 0, "number of nodes, 1 to 5 (default: 2 where the platform can have them)")
	flags.StringVar(&o.cache, "cache", "", "directory of built binaries and images (default: ambient-conformance in the user's cache directory)")
	o.attachment.bind(flags)
}

func (o *options) bindMesh(flags *pflag.FlagSet) {
	flags.StringVar(&o.istioVersion, "istio-version", "", "released Istio version whose charts and images to install (default: the charts this runner carries)")
	flags.StringVar(&o.istioPlatform, "istio-platform", "auto", "Istio's settings for a platform: auto (those of the platform, corrected by what the nodes' runtime reads), or exactly none or "+strings.Join(mesh.Platforms(), ", "))
	flags.StringVar(&o.istioCharts, "istio-charts", "", "directory or repository URL of Istio's charts")
	flags.StringVar(&o.hub, "hub", "", "registry and path of Istio's images")
	flags.StringVar(&o.tag, "tag", "", "tag of Istio's images")
	flags.StringVar(&o.images, "images", "auto", "where Istio's images come from: registry, built (ztunnel is then a double: a self-test), or auto")
	flags.StringArrayVar(&o.imageArchives, "image-archive", nil, "image archive to load into every node (repeatable)")
	flags.StringVar(&o.ztunnelImage, "ztunnel-image", "", "image to run as ztunnel, e.g. from an --image-archive")
	flags.StringArrayVar(&o.set, "set", nil, "chart value CHART.PATH=VALUE, e.g. cni.ambient.dnsCapture=false (repeatable)")
}

func (o *options) bindSelection(flags *pflag.FlagSet) {
	flags.StringVar(&o.labelFilter, "label-filter", "", "Ginkgo label filter, e.g. 'area:mtls && level:core'")
	flags.StringArrayVar(&o.focus, "focus", nil, "run only checks whose \"area Name\" matches the pattern (repeatable)")
	flags.StringArrayVar(&o.skip, "skip", nil, "leave out checks whose \"area Name\" matches the pattern (repeatable)")
}

func (o *options) bindRun(flags *pflag.FlagSet, reportDir string) {
	flags.StringVar(&o.reportDir, "report-dir", reportDir, "directory for the report and its artifacts")
	flags.DurationVar(&o.timeout, "timeout", defaultTimeout, "time for everything but deletion; building binaries for the first time is not counted")
	flags.IntVar(&o.retries, "retries", 0, "further attempts for a check that does not pass, made when nothing else is under way; a retried pass is shown as such")
	flags.IntVar(&o.workers, "workers", 0, fmt.Sprintf("checks under way at once, as far as the cluster keeps up (default: %d)", suites.DefaultWorkers))
	flags.BoolVar(&o.failFast, "fail-fast", false, "stop at the first failed check")
	flags.BoolVar(&o.keep, "keep", false, "keep the cluster; 'runner down NAME' removes it")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the plan and do nothing")
	flags.StringVarP(&o.output, "output", "o", "text", "what to print on standard output: text or json")
}

// defaultTimeout is many times what a run takes; it ends one that hangs.
const defaultTimeout = 30 * time.Minute

var (
	knownCNIs       = cni.Names()
	knownImages     = []string{"auto", "registry", "built"}
	knownOutputs    = []string{"text", "json"}
	clusterNameForm = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$`)
)

// complete fills in what depends on the machine.
func (o *options) complete() {
	if o.platform == "" {
		o.platform, o.chosen = defaultPlatform()
	}
	if o.nodes == 0 {
		o.nodes = min(defaultNodes, mostNodes(o.platform))
	}
	if o.workers == 0 {
		o.workers = suites.DefaultWorkers
	}
	if o.name == "" {
		o.name = fmt.Sprintf("ambient-%04x", os.Getpid()&0xffff)
	}
}

// defaultNodes make traffic between nodes real; maxNodes is what any platform is asked for at most.
const defaultNodes, maxNodes = 2, 5

// mostNodes is how many nodes a platform can have.
func mostNodes(platform string) int {
	if b, err := backendNamed(platform); err == nil && b.nodes > 0 {
		return b.nodes
	}
	return maxNodes
}

// defaultPlatform prefers the platform that needs nothing from outside.
func defaultPlatform() (platform, why string) {
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		return "local", "Linux, as root"
	}
	return "kind", "not root on Linux, which the local platform needs"
}

// validate refuses what cannot be carried out. Its error is for a person who typed something.
func (o *options) validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if _, err := backendNamed(o.platform); err != nil {
		problems = append(problems, err)
	}
	if !slices.Contains(knownCNIs, o.cni) {
		refuse("unknown CNI variant %q: choose one of %s", o.cni, strings.Join(knownCNIs, ", "))
	}
	if !slices.Contains(knownImages, o.images) {
		refuse("unknown source of images %q: choose one of %s", o.images, strings.Join(knownImages, ", "))
	}
	if !slices.Contains(knownOutputs, o.output) {
		refuse("unknown output %q: choose one of %s", o.output, strings.Join(knownOutputs, ", "))
	}
	if !clusterNameForm.MatchString(o.name) {
		refuse("cluster name %q: want lower-case letters, digits and hyphens, beginning with a letter, at most 32", o.name)
	}
	if o.nodes < 1 || o.nodes > maxNodes {
		refuse("--nodes %d: want 1 to %d", o.nodes, maxNodes)
	} else if most := mostNodes(o.platform); o.nodes > most {
		refuse("--nodes %d: platform %s has at most %d", o.nodes, o.platform, most)
	}
	o.validateAttachment(refuse)
	if o.retries < 0 || o.workers < 1 {
		refuse("--retries %d and --workers %d: want at least 0 and at least 1", o.retries, o.workers)
	}
	for _, archive := range o.imageArchives {
		if _, err := os.Stat(archive); err != nil {
			refuse("--image-archive: %w", err)
		}
	}
	problems = append(problems, o.layoutProblems()...)
	problems = append(problems, o.cniProblems()...)
	if _, err := o.chartValues(); err != nil {
		problems = append(problems, err)
	}
	if _, err := all.Catalogue().Select(o.selection()); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
}

func (o *options) selection() suites.Selection {
	return suites.Selection{LabelFilter: o.labelFilter, Focus: o.focus, Skip: o.skip}
}

// site is what this run has to offer to checks.
func (o *options) site() suites.Site {
	_, cilium := cni.Named(o.cni)
	return suites.Site{
		suites.TwoNodes: o.nodes > 1, suites.Install: !o.reuseIstio, suites.Borrowed: o.reuseIstio && !o.disrupt,
		suites.Containerd: !o.opaque, suites.Cilium: cilium,
		suites.Accounts: fixtures.AtLeast(o.istioVersion, suites.AccountsSince),
	}
}
