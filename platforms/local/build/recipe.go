package build

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"time"

	"golang.org/x/mod/modfile"
)

// Recipe says how one upstream is built: which module in which version, which of its commands, and with what flags.
// Everything except Release, Usual and Space is part of the key under which the result is cached.
type Recipe struct {
	Name     string // of the directory in the cache and of the module files
	Set      string // who asks for it: one of the sets
	Module   string // path of the upstream module; empty for a program of our own
	Version  string // of the module
	Release  string // what people call that version, where it is a commit
	Packages []string
	Binary   string // name of the result where it is not the last element of the only package
	Tags     []string
	LDFlags  []string // beside -s -w
	Cgo      bool
	Usual    time.Duration // what a build with nothing cached takes on two cores
	Space    Space         // what it needs on disk

	modFile []byte            // go.mod of the build: the upstream's module graph, kept apart from the project's own
	sumFile []byte            // go.sum, complete, so that every download is verified against what we committed
	sources map[string][]byte // further files beside go.mod: programs of our own, replacements
}

// Space is what a build with nothing cached adds to three directories, in MiB.
type Space struct {
	Binaries int64 // our cache
	Compiled int64 // GOCACHE
	Modules  int64 // GOMODCACHE
}

// release is the version in the words of people.
func (r Recipe) release() string { return cmp.Or(r.Release, r.Version) }

// Binaries names the files that the recipe makes.
func (r Recipe) Binaries() []string {
	if r.Binary != "" {
		return []string{r.Binary}
	}
	names := make([]string, len(r.Packages))
	for i, pkg := range r.Packages {
		names[i] = path.Base(pkg)
	}
	return names
}

// needsGo is the Go version that the recipe asks for, without the "go": "1.26.6".
func (r Recipe) needsGo() (string, error) {
	parsed, err := modfile.ParseLax(r.Name+".mod", r.modFile, nil)
	if err != nil {
		return "", fmt.Errorf("reading module file of %s: %w", r.Name, err)
	}
	if parsed.Go == nil {
		return "", fmt.Errorf("reading module file of %s: no go line", r.Name)
	}
	return parsed.Go.Version, nil
}

// key identifies what the recipe gives when built with a toolchain: 20 hexadecimal digits of a SHA-256.
func (r Recipe) key(tools toolchain) string {
	content := struct {
		Name, Module, Version, Binary string
		Packages, Tags, LDFlags       []string
		Cgo                           bool
		Mod, Sum                      string
		Sources                       map[string][]byte
		Toolchain                     map[string]string
		Arguments                     []string
	}{
		r.Name, r.Module, r.Version, r.Binary, r.Packages, r.Tags, r.LDFlags, r.Cgo,
		string(r.modFile), string(r.sumFile), r.sources, tools.identity(r.Cgo), buildArguments(r),
	}
	// Strings, slices and maps with string keys always encode, and maps in the order of their keys.
	encoded, _ := json.Marshal(content)
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])[:20]
}
