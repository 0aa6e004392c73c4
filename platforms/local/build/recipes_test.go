package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/modfile"
)

// required gives the versions that a module file requires, by path.
func required(t *testing.T, name string, content []byte) map[string]string {
	t.Helper()
	parsed, err := modfile.Parse(name, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, require := range parsed.Require {
		versions[require.Mod.Path] = require.Mod.Version
	}
	return versions
}

func TestRecipesAgreeWithTheirModuleFiles(t *testing.T) {
	for _, recipe := range Recipes() {
		t.Run(recipe.Name, func(t *testing.T) {
			versions := required(t, recipe.Name+".mod", recipe.modFile)
			if recipe.Module != "" && versions[recipe.Module] != recipe.Version {
				t.Errorf("the module file requires %s %s, the recipe says %s", recipe.Module, versions[recipe.Module], recipe.Version)
			}
			for _, pkg := range recipe.Packages {
				if recipe.Module != "" && !strings.HasPrefix(pkg+"/", recipe.Module+"/") {
					t.Errorf("package %s is not in module %s", pkg, recipe.Module)
				}
			}
			if recipe.Module != "" && !strings.Contains(string(recipe.sumFile), recipe.Module+" "+recipe.Version+" h1:") {
				t.Errorf("the checksum file lacks %s %s", recipe.Module, recipe.Version)
			}
			if recipe.Binary != "" && len(recipe.Packages) != 1 {
				t.Error("Binary names the result of one package only")
			}
			if recipe.Usual == 0 || recipe.Space == (Space{}) {
				t.Error("the recipe does not say how long it takes and how much space it needs")
			}
			if _, err := recipe.needsGo(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoBinaryIsMadeTwice(t *testing.T) {
	owner := map[string]string{}
	for _, recipe := range Recipes() {
		for _, name := range recipe.Binaries() {
			if owner[name] != "" {
				t.Errorf("%s is made by %s and by %s", name, owner[name], recipe.Name)
			}
			owner[name] = recipe.Name
		}
	}
	for _, name := range []string{"kubelet", "etcd", "runc", "host-local", "pause", "istio-cni"} {
		if owner[name] == "" {
			t.Errorf("nobody makes %s", name)
		}
	}
}

func TestSets(t *testing.T) {
	sum := 0
	for _, set := range []string{SetKubernetes, SetIstio, SetKind, SetEngine, SetCilium} {
		if len(Recipes(set)) == 0 {
			t.Errorf("set %s has no recipe", set)
		}
		sum += len(Recipes(set))
	}
	if all := len(Recipes()); all != sum {
		t.Errorf("%d recipes in all, %d in the sets", all, sum)
	}
}

// TestIstioFitsTheCharts: images and the charts embedded in the runner must come from the same commit.
func TestIstioFitsTheCharts(t *testing.T) {
	path := filepath.Join("..", "..", "..", "go.mod")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := required(t, path, content)["istio.io/istio"]; got != istioModuleVersion {
		t.Errorf("go.mod requires istio.io/istio %s, the recipe builds %s", got, istioModuleVersion)
	}
	if got, want := istioTag(), "1.31-dev-eed52ebb66ad"; got != want {
		t.Errorf("images are tagged %s, want %s", got, want)
	}
}

func TestKeyFollowsTheRecipe(t *testing.T) {
	tools := toolchain{settings: map[string]string{"GOVERSION": "go1.26.8", "GOARCH": "amd64", "CC": "gcc"}}
	key := func(change func(*Recipe, *toolchain)) string {
		recipe, tools := tiny("first", "one"), tools
		recipe.Cgo = true
		tools.settings = map[string]string{"GOVERSION": "go1.26.8", "GOARCH": "amd64", "CC": "gcc"}
		change(&recipe, &tools)
		return recipe.key(tools)
	}
	unchanged := key(func(*Recipe, *toolchain) {})
	for name, tc := range map[string]struct {
		change func(*Recipe, *toolchain)
		stays  bool
	}{
		"nothing":           {func(*Recipe, *toolchain) {}, true},
		"usual duration":    {func(r *Recipe, _ *toolchain) { r.Usual = time.Hour }, true},
		"space":             {func(r *Recipe, _ *toolchain) { r.Space.Binaries = 1 }, true},
		"unrelated setting": {func(_ *Recipe, c *toolchain) { c.settings["GOPROXY"] = "off" }, true},
		"version":           {func(r *Recipe, _ *toolchain) { r.Version = "v2" }, false},
		"packages":          {func(r *Recipe, _ *toolchain) { r.Packages = append(r.Packages, "x") }, false},
		"binary":            {func(r *Recipe, _ *toolchain) { r.Binary = "x" }, false},
		"tags":              {func(r *Recipe, _ *toolchain) { r.Tags = []string{"x"} }, false},
		"linker flags":      {func(r *Recipe, _ *toolchain) { r.LDFlags = []string{"-X", "a=b"} }, false},
		"cgo":               {func(r *Recipe, _ *toolchain) { r.Cgo = false }, false},
		"module file":       {func(r *Recipe, _ *toolchain) { r.modFile = append(r.modFile, '\n') }, false},
		"checksums":         {func(r *Recipe, _ *toolchain) { r.sumFile = []byte("x") }, false},
		"source":            {func(r *Recipe, _ *toolchain) { r.sources["main.go"] = []byte("x") }, false},
		"go version":        {func(_ *Recipe, c *toolchain) { c.settings["GOVERSION"] = "go1.27.0" }, false},
		"processor":         {func(_ *Recipe, c *toolchain) { c.settings["GOARCH"] = "arm64" }, false},
		"c compiler":        {func(_ *Recipe, c *toolchain) { c.settings["CC"] = "clang" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if same := key(tc.change) == unchanged; same != tc.stays {
				t.Errorf("the key is the same: %v, want %v", same, tc.stays)
			}
		})
	}
}

// TestKindFitsTheLibrary: the node image's files and the library that starts it must come from the same release.
func TestKindFitsTheLibrary(t *testing.T) {
	path := filepath.Join("..", "..", "..", "go.mod")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := required(t, path, content)["sigs.k8s.io/kind"]; got != KindRelease {
		t.Errorf("go.mod requires sigs.k8s.io/kind %s, the node image takes files of %s", got, KindRelease)
	}
	pinned, err := moduleFiles.ReadFile("recipes/kind.mod")
	if err != nil {
		t.Fatal(err)
	}
	if got := required(t, "kind.mod", pinned)["sigs.k8s.io/kind"]; got != KindRelease {
		t.Errorf("kind.mod pins %s, want %s", got, KindRelease)
	}
}

func TestNodeFilesOfAnotherKindAreRefused(t *testing.T) {
	for name, config := range map[string]string{
		"another sandbox image": "sandbox_image = \"registry.k8s.io/pause:9\"\nrestrict_oom_score_adj = false\n",
		"no setting of scores":  "sandbox_image = \"" + kindPause + "\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			source := t.TempDir()
			dir := filepath.Join(source, "images/base/files/etc/containerd")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(config), 0o644); err != nil {
				t.Fatal(err)
			}
			if got, err := containerdConfig(source); err == nil {
				t.Errorf("accepted as %q", got)
			}
		})
	}
}
