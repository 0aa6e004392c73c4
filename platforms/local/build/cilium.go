package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
)

// CiliumSet is Cilium as its makers would release it: images, and the chart of the same version.
type CiliumSet struct {
	Version         string // "1.20.2"
	Chart           string // directory
	Agent, Operator Image
}

// Cilium gives Cilium's images and chart, building what is not in the cache. The agent compiles its BPF programs when it
// runs, with this machine's clang, which goes into its image.
func Cilium(ctx context.Context, o Options) (CiliumSet, error) {
	recipes := Recipes(SetCilium)
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return CiliumSet{}, err
	}
	source, err := b.ciliumSource(ctx, recipes[0])
	if err != nil {
		return CiliumSet{}, fmt.Errorf("getting Cilium's BPF programs and chart: %w", err)
	}
	set, err := o.assemble(ctx, recipes, func(b binaries) ([]content, error) { return ciliumImages(b, source) })
	if err != nil {
		return CiliumSet{}, err
	}
	return CiliumSet{
		Version: CiliumVersion, Chart: filepath.Join(source, "chart"), Agent: set.Images[0], Operator: set.Images[1],
	}, nil
}

// CiliumChart is the directory of the chart when it is in the cache, "" when a run has still to get it.
func CiliumChart(o Options) string {
	root, err := o.Root()
	if err != nil {
		return ""
	}
	dir, found := cache{root: root}.find("cilium-source", ciliumVersion, "chart")
	if !found {
		return ""
	}
	return filepath.Join(dir, "chart")
}

// ciliumSource is a copy of what is no Go code in Cilium's module: bpf, chart, and the scripts of its image. A copy,
// because a module cache may be cleaned at any time.
func (b *builder) ciliumSource(ctx context.Context, recipe Recipe) (string, error) {
	dir, reserved, err := b.cache.reserve(ctx, "cilium-source", recipe.Version, "bpf", "chart", "scripts")
	if err != nil || reserved == nil {
		return dir, err
	}
	module, err := b.moduleDir(ctx, reserved, recipe.Name, recipe.Module, recipe.Version)
	if err != nil {
		return "", reserved.abandon(err)
	}
	for from, to := range map[string]string{
		"bpf":                                  "bpf",
		"install/kubernetes/cilium":            "chart",
		"images/cilium/init-container.sh":      "scripts/init-container.sh",
		"plugins/cilium-cni/install-plugin.sh": "scripts/install-plugin.sh",
		"plugins/cilium-cni/cni-uninstall.sh":  "scripts/cni-uninstall.sh",
	} {
		if err := copyInto(filepath.Join(reserved.dir, to), filepath.Join(module, from)); err != nil {
			return "", reserved.abandon(err)
		}
	}
	return reserved.publish()
}

// copyInto copies a file or a directory of the module cache, whose files nobody may write to.
func copyInto(to, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o755)
}

// ciliumImages are agent and operator, with the paths that Cilium's Dockerfiles give and its chart expects.
func ciliumImages(b binaries, source string) ([]content, error) {
	tools, err := ciliumTools(searchPath()).files(searchPath())
	if err != nil {
		return nil, fmt.Errorf("collecting the tools of image cilium: %w", err)
	}
	programs, err := bpfSources(b, source)
	if err != nil {
		return nil, fmt.Errorf("collecting the BPF programs of image cilium: %w", err)
	}
	agent := slices.Concat(tools, programs, []archive.File{
		b.file("daemon", "/usr/bin/cilium-agent"),
		b.file("cilium-dbg", "/usr/bin/cilium-dbg"),
		b.file("cilium-health", "/usr/bin/cilium-health"),
		b.file("responder", "/usr/bin/cilium-health-responder"),
		b.file("mount", "/usr/bin/cilium-mount"),
		b.file("sysctlfix", "/usr/bin/cilium-sysctlfix"),
		b.file("cilium-cni", "/opt/cni/bin/cilium-cni"),
		// The scripts name their interpreter by its usual path.
		{Path: "/bin/sh", Link: "../usr/sbin/bash"},
		{Path: "/bin/bash", Link: "../usr/sbin/bash"},
	})
	for _, script := range []string{"init-container.sh", "install-plugin.sh", "cni-uninstall.sh"} {
		agent = append(agent, archive.File{Path: "/" + script, Source: filepath.Join(source, "scripts", script), Mode: 0o755})
	}
	path := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	tag := CiliumVersion
	return []content{
		b.image("cilium", tag, v1.Config{Cmd: []string{"/usr/bin/cilium-dbg"}, WorkingDir: "/home/cilium", Env: path}, agent...),
		b.image("cilium-operator", tag, v1.Config{Cmd: []string{"/usr/bin/cilium-operator-generic"}, WorkingDir: "/", Env: path},
			b.file("operator", "/usr/bin/cilium-operator-generic"), archive.File{Path: "/tmp/", Mode: 0o1777}),
	}, nil
}

// bpfSources are what the agent compiles, without Cilium's tests of it. Their version says what is in them.
func bpfSources(b binaries, source string) ([]archive.File, error) {
	files, err := tree(filepath.Join(source, "bpf"), "/var/lib/cilium/bpf", func(string) int64 { return 0o644 })
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f archive.File) bool {
		return strings.HasPrefix(f.Path, "/var/lib/cilium/bpf/tests/") || strings.HasPrefix(f.Path, "/var/lib/cilium/bpf/complexity-tests/")
	})
	for i := range files {
		if place, err := filepath.Rel(b.root, files[i].Source); err == nil && files[i].Source != "" {
			files[i].Identity = place
		}
	}
	return files, nil
}

// ciliumTools are the programs that the agent and the scripts of its image call.
func ciliumTools(dirs []string) toolbox {
	tools := toolbox{
		needed: append(neededTools(), "clang", "bash", "cp", "mv", "rm", "mkdir", "basename", "cat", "find", "grep", "mount", "nsenter", "ip", "ipset"),
		wanted: append(wantedTools(), "modprobe", "tc", "bpftool"),
	}
	tools.renamed = map[string]string{"clang": clang(dirs)}
	return tools
}

// Cilium wants LLVM 18.1 or newer (its system requirements), which distributions install beside an older one.
const oldestClang, newestClang = 18, 24

// clang is what the newest suitable compiler of this machine is called; where there is none, what is to be installed.
func clang(dirs []string) string {
	for version := newestClang; version >= oldestClang; version-- {
		if name := fmt.Sprintf("clang-%d", version); lookFor(name, dirs) != "" {
			return name
		}
	}
	return "clang-19"
}

// lackingCiliumTools says what is missing for the image of Cilium's agent.
func lackingCiliumTools(dirs []string) []string {
	lacking := ciliumTools(dirs).lacking(dirs)
	if len(lacking) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Missing %s, which go into the image of Cilium's agent: install the packages clang-19 (or a later one), "+
		"iptables, nftables, ipset, iproute2 and util-linux.", strings.Join(lacking, ", "))}
}
