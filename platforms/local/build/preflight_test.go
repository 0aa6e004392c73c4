package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answeringGo is a go command that answers go env and nothing else.
func answeringGo(t *testing.T, answer string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "go")
	if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\ncat <<'END'\n%s\nEND\n", answer), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPreflightOfTheGoCommand(t *testing.T) {
	for name, tc := range map[string]struct {
		command string
		want    []string
	}{
		"missing": {"absent-go", []string{
			"No Go toolchain: install Go 1.26.6 or later from https://go.dev/dl and have the go command in PATH."}},
		"too old": {answeringGo(t, `{"GOVERSION":"go1.25.3","GOTOOLCHAIN":"local"}`), []string{
			"This Go is too old: it is go1.25.3 with GOTOOLCHAIN=local, the sources need go1.26.6: " +
				"install that from https://go.dev/dl, or set GOTOOLCHAIN=auto to have it downloaded."}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Preflight(t.Context(), Options{Cache: t.TempDir(), goCommand: tc.command}, SetKubernetes)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestToolchainThatIsUsed(t *testing.T) {
	for name, tc := range map[string]struct{ has, setting, want, env string }{
		"the installed one":        {"go1.26.8", "auto", "go1.26.8", "GOTOOLCHAIN=local"},
		"one that is downloaded":   {"go1.25.3", "auto", "go1.26.6", "GOTOOLCHAIN=go1.26.6"},
		"a newer development tree": {"devel go1.28-c0ffee Mon Jan 2", "local", "go1.28-c0ffee", "GOTOOLCHAIN=local"},
		"one with experiments":     {"go1.27.1 X:nodwarf5", "local", "go1.27.1", "GOTOOLCHAIN=local"},
		"the user's choice":        {"go1.27.1", "go1.27.1", "go1.27.1", "GOTOOLCHAIN=go1.27.1"},
	} {
		t.Run(name, func(t *testing.T) {
			tools, err := toolchain{settings: map[string]string{"GOVERSION": tc.has, "GOTOOLCHAIN": tc.setting}}.settle("1.26.6")
			if err != nil {
				t.Fatal(err)
			}
			env := tools.environment(Recipe{}, "")
			if tools.version != tc.want || env[len(env)-1] != tc.env {
				t.Errorf("settled on %s with %s, want %s with %s", tools.version, env[len(env)-1], tc.want, tc.env)
			}
		})
	}
}

func TestLackingForCgo(t *testing.T) {
	cgo := []Recipe{{Name: "runc", Cgo: true}, {Name: "etcd"}}
	for name, tc := range map[string]struct {
		settings map[string]string
		recipes  []Recipe
		want     []string
	}{
		"no recipe needs it": {map[string]string{"CC": "absent-cc"}, []Recipe{{Name: "etcd"}}, nil},
		"all there":          {map[string]string{"CC": "true -m64", "PKG_CONFIG": "true"}, cgo, nil},
		"no compiler": {map[string]string{"CC": "absent-cc -m64", "PKG_CONFIG": "true"}, cgo, []string{
			"There is no C compiler (absent-cc), which building runc needs: install the package gcc, or set CC to another compiler."}},
		"no pkg-config": {map[string]string{"CC": "true", "PKG_CONFIG": "absent-pc"}, cgo, []string{
			"There is no absent-pc, which finds the seccomp library for building runc: install the package pkg-config (Fedora: pkgconf-pkg-config)."}},
		"no headers": {map[string]string{"CC": "true", "PKG_CONFIG": "false"}, cgo, []string{
			"The headers of libseccomp, which building runc needs, are missing: install the package libseccomp-dev (Fedora: libseccomp-devel)."}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lackingForCgo(t.Context(), toolchain{settings: tc.settings}, tc.recipes)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLackingTools(t *testing.T) {
	want := []string{"Missing iptables, iptables-save, iptables-restore, ip6tables, ip6tables-save, ip6tables-restore, nft, " +
		"which go into the image of install-cni: install the packages iptables and nftables."}
	if diff := cmp.Diff(want, lackingTools([]string{t.TempDir()})); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
	if _, err := hostTools([]string{t.TempDir()}); err == nil {
		t.Error("an image is made of tools that are not there")
	}
}

func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"The directory " + file + "/cache cannot be written to (not a directory): make it writable, or name another " +
		"(XDG_CACHE_HOME, GOCACHE and GOMODCACHE say where caches lie)."}
	if diff := cmp.Diff(want, unwritable(filepath.Join(t.TempDir(), "not", "yet"), file+"/cache")); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

func TestCrowded(t *testing.T) {
	available := func(dir string) (string, int64, error) {
		if dir == "/" {
			return "disk", 3 << 10, nil
		}
		return "", 0, errors.New("a file system that does not tell")
	}
	for name, tc := range map[string]struct {
		demands []demand
		want    []string
	}{
		"enough":       {[]demand{{"/absent/a", 1 << 10}, {"/absent/b", 2 << 10}}, nil},
		"not for both": {[]demand{{"/absent/a", 1 << 10}, {"/absent/b", 3 << 10}}, []string{"Too little disk space for building: /absent/a, /absent/b need 4.0 GiB, there are 3.0 GiB: free some, or move these directories."}},
		"not known":    {[]demand{{t.TempDir(), 9 << 10}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, crowded(tc.demands, available)); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAvailable(t *testing.T) {
	system, mib, err := available(t.TempDir())
	if err != nil || system == "" || mib <= 0 {
		t.Errorf("the file system %q of a temporary directory has %d MiB, %v", system, mib, err)
	}
}

func TestSpaceOfWhatIsDownloadedAlready(t *testing.T) {
	recipe := Recipe{Module: "example.com/Upper", Version: "v1.0.0", Space: Space{Binaries: 1, Compiled: 10, Modules: 100}}
	modules := t.TempDir()
	b := builder{cache: cache{root: "/cache"}, tools: toolchain{settings: map[string]string{"GOCACHE": "/go", "GOMODCACHE": modules}}}
	want := []demand{{"/cache", 2}, {"/go", 10}, {modules, 100}}
	if diff := cmp.Diff(want, b.space([]Recipe{recipe}), cmp.AllowUnexported(demand{})); diff != "" {
		t.Errorf("demands before downloading differ (-want +got):\n%s", diff)
	}
	zip := filepath.Join(modules, "cache", "download", "example.com", "!upper", "@v", "v1.0.0.zip")
	if err := os.MkdirAll(filepath.Dir(zip), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(zip, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want[2].mib = 0
	if diff := cmp.Diff(want, b.space([]Recipe{recipe}), cmp.AllowUnexported(demand{})); diff != "" {
		t.Errorf("demands after downloading differ (-want +got):\n%s", diff)
	}
}
