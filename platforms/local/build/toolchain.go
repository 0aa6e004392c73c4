package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/version"
	"os/exec"
	"slices"
	"strings"
)

// toolchain is the go command of this machine and the settings that decide what it makes.
type toolchain struct {
	path     string            // of the go command
	version  string            // of the toolchain that builds: "go1.26.8"
	fetched  bool              // that version is not installed: the go command downloads it
	settings map[string]string // go env
}

// findToolchain finds the go command and settles on one toolchain for all recipes, whichever are built now: they share
// compiled packages, and a key does not depend on what else is built.
func findToolchain(ctx context.Context, command string, recipes []Recipe) (toolchain, error) {
	needs, err := newestGo(slices.Concat(Recipes(), recipes))
	if err != nil {
		return toolchain{}, err
	}
	path, err := exec.LookPath(command)
	if err != nil {
		return toolchain{}, fmt.Errorf("no Go toolchain: install Go %s or later from https://go.dev/dl and have the go command in PATH", needs)
	}
	env := exec.CommandContext(ctx, path, "env", "-json",
		"GOVERSION", "GOTOOLCHAIN", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFIPS140",
		"CC", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_LDFLAGS", "PKG_CONFIG", "GOCACHE", "GOMODCACHE", "GOPROXY")
	env.Dir = "/" // away from any go.mod, which could switch the toolchain
	var complaint bytes.Buffer
	env.Stderr = &complaint
	output, err := env.Output()
	if err != nil {
		return toolchain{}, fmt.Errorf("asking %s for its settings: %w\n%s", path, err, complaint.String())
	}
	tools := toolchain{path: path}
	if err := json.Unmarshal(output, &tools.settings); err != nil {
		return toolchain{}, fmt.Errorf("reading the settings of %s: %w", path, err)
	}
	return tools.settle(needs)
}

// newestGo is the highest Go version that a recipe asks for.
func newestGo(recipes []Recipe) (string, error) {
	newest := "1.21.0" // the first that knows toolchains
	for _, recipe := range recipes {
		needs, err := recipe.needsGo()
		if err != nil {
			return "", err
		}
		if version.Compare("go"+needs, "go"+newest) > 0 {
			newest = needs
		}
	}
	return newest, nil
}

// settle decides what the go command would decide itself, without letting it download anything yet.
func (t toolchain) settle(needs string) (toolchain, error) {
	// A development version reads "devel go1.27-c0ffee Mon Jan …", one with experiments "go1.26.8 X:…".
	fields := strings.Fields(strings.TrimPrefix(t.settings["GOVERSION"], "devel "))
	if len(fields) == 0 {
		return toolchain{}, fmt.Errorf("reading the settings of %s: it has no GOVERSION", t.path)
	}
	t.version = fields[0]
	base, _, _ := strings.Cut(t.version, "-")
	setting := t.settings["GOTOOLCHAIN"]
	switch {
	case version.Compare(base, "go"+needs) >= 0:
		return t, nil
	case strings.Contains(setting, "auto"):
		t.version, t.fetched = "go"+needs, true
		return t, nil
	default:
		return toolchain{}, fmt.Errorf("this Go is too old: it is %s with GOTOOLCHAIN=%s, the sources need go%s: install that from "+
			"https://go.dev/dl, or set GOTOOLCHAIN=auto to have it downloaded", t.version, setting, needs)
	}
}

// identity is what of the toolchain goes into a recipe's key.
func (t toolchain) identity(cgo bool) map[string]string {
	identity := map[string]string{"GOVERSION": t.settings["GOVERSION"]}
	if t.fetched {
		identity["GOVERSION"] = t.version
	}
	names := []string{"GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFIPS140"}
	if cgo {
		names = append(names, "CC", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_LDFLAGS", "PKG_CONFIG")
	}
	for _, name := range names {
		identity[name] = t.settings[name]
	}
	return identity
}

// environment is what a build sets beside the user's own environment. GOFLAGS is set so that flags of the user, which
// are no part of the key, have no effect.
func (t toolchain) environment(recipe Recipe, scratch string) []string {
	cgo := "CGO_ENABLED=0"
	if recipe.Cgo {
		cgo = "CGO_ENABLED=1"
	}
	env := []string{cgo, "GOOS=linux", "GOARCH=" + t.settings["GOARCH"], "GOFLAGS=-mod=readonly", "GOWORK=off",
		"GO111MODULE=on", "GOTMPDIR=" + scratch}
	switch setting := t.settings["GOTOOLCHAIN"]; {
	case t.fetched:
		return append(env, "GOTOOLCHAIN="+t.version)
	case strings.HasPrefix(setting, "go"): // the user's choice, which is what answered
		return append(env, "GOTOOLCHAIN="+setting)
	default:
		return append(env, "GOTOOLCHAIN=local")
	}
}
