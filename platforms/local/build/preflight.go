package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Preflight says what this machine lacks for building what is not in the cache yet, each problem a sentence with its
// remedy. It builds, downloads and writes nothing. No sets means all of them.
func Preflight(ctx context.Context, o Options, sets ...string) []string {
	var problems []string
	// The tools go into an image that is packed anew when they change, so they are needed with a full cache too.
	if len(sets) == 0 || slices.Contains(sets, SetIstio) {
		problems = append(problems, lackingTools(searchPath())...)
	}
	if slices.Contains(sets, SetCilium) {
		problems = append(problems, lackingCiliumTools(searchPath())...)
	}
	return append(problems, o.lacking(ctx, Recipes(sets...))...)
}

// lacking says what this machine lacks for those of the recipes that are not in the cache.
func (o Options) lacking(ctx context.Context, recipes []Recipe) []string {
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return []string{sentence(err)}
	}
	var problems []string
	var missing []Recipe
	for _, step := range b.plan(recipes) {
		if !step.Cached {
			missing = append(missing, step.Recipe)
		}
	}
	if len(missing) == 0 {
		return problems
	}
	problems = append(problems, lackingForCgo(ctx, b.tools, missing)...)
	problems = append(problems, unwritable(b.cache.root, b.tools.settings["GOCACHE"], b.tools.settings["GOMODCACHE"])...)
	return append(problems, crowded(b.space(missing), available)...)
}

// sentence turns an error into one.
func sentence(err error) string {
	text := strings.TrimSpace(err.Error())
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// lackingTools says which programs are missing for the install-cni image.
func lackingTools(dirs []string) []string {
	lacking := toolbox{needed: neededTools()}.lacking(dirs)
	if len(lacking) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Missing %s, which go into the image of install-cni: install the packages iptables and nftables.",
		strings.Join(lacking, ", "))}
}

// lackingForCgo says what is missing for the recipes that need a C compiler.
func lackingForCgo(ctx context.Context, tools toolchain, recipes []Recipe) []string {
	var names []string
	for _, recipe := range recipes {
		if recipe.Cgo {
			names = append(names, recipe.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	users := strings.Join(names, ", ")
	var problems []string
	if compiler := firstWord(tools.settings["CC"]); notFound(compiler) {
		problems = append(problems, fmt.Sprintf("There is no C compiler (%s), which building %s needs: install the package gcc, "+
			"or set CC to another compiler.", compiler, users))
	}
	config := firstWord(tools.settings["PKG_CONFIG"])
	if notFound(config) {
		return append(problems, fmt.Sprintf("There is no %s, which finds the seccomp library for building %s: install the "+
			"package pkg-config (Fedora: pkgconf-pkg-config).", config, users))
	}
	if exec.CommandContext(ctx, config, "--exists", "libseccomp").Run() != nil {
		problems = append(problems, fmt.Sprintf("The headers of libseccomp, which building %s needs, are missing: install the "+
			"package libseccomp-dev (Fedora: libseccomp-devel).", users))
	}
	return problems
}

func firstWord(command string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	return word
}

func notFound(command string) bool {
	_, err := exec.LookPath(command)
	return err != nil
}

// unwritable says which directories can be neither written to nor created.
func unwritable(dirs ...string) []string {
	var problems []string
	for _, dir := range dirs {
		if err := unix.Access(existing(dir), unix.W_OK); err != nil {
			problems = append(problems, fmt.Sprintf("The directory %s cannot be written to (%v): make it writable, or name another "+
				"(XDG_CACHE_HOME, GOCACHE and GOMODCACHE say where caches lie).", dir, err))
		}
	}
	return problems
}

// existing is the directory itself or the nearest one above it that exists.
func existing(dir string) string {
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}
