package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/sys/unix"
)

// demand is what building needs in one directory.
type demand struct {
	dir string
	mib int64
}

// space says what building the recipes with nothing cached needs, and where.
func (b *builder) space(recipes []Recipe) []demand {
	// The cache takes each binary twice: beside itself it holds the image made of it, or the linker's scratch files.
	cache, compiled, modules := int64(0), int64(0), int64(0)
	for _, recipe := range recipes {
		cache += 2 * recipe.Space.Binaries
		compiled += recipe.Space.Compiled
		if !b.tools.downloaded(recipe) {
			modules += recipe.Space.Modules
		}
	}
	return []demand{
		{b.cache.root, cache}, {b.tools.settings["GOCACHE"], compiled}, {b.tools.settings["GOMODCACHE"], modules},
	}
}

// downloaded says whether the module cache holds the recipe's upstream, and so, most likely, all that it requires.
func (t toolchain) downloaded(recipe Recipe) bool {
	escaped, err := module.EscapePath(recipe.Module)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(t.settings["GOMODCACHE"], "cache", "download", escaped, "@v", recipe.Version+".zip"))
	return err == nil
}

// crowded says which file systems have too little space. Directories on the same one add up.
func crowded(demands []demand, available func(dir string) (system string, mib int64, err error)) []string {
	type total struct {
		dirs      []string
		need, has int64
	}
	var order []string
	totals := map[string]*total{}
	for _, demand := range demands {
		system, has, err := available(existing(demand.dir))
		if err != nil {
			continue // a file system that does not tell cannot be judged; the build will say if it is full
		}
		if totals[system] == nil {
			totals[system] = &total{}
			order = append(order, system)
		}
		sum := totals[system]
		sum.dirs, sum.need, sum.has = append(sum.dirs, demand.dir), sum.need+demand.mib, has
	}
	var problems []string
	for _, system := range order {
		if sum := totals[system]; sum.has < sum.need {
			problems = append(problems, fmt.Sprintf("Too little disk space for building: %s need %.1f GiB, there are %.1f GiB: "+
				"free some, or move these directories.", strings.Join(sum.dirs, ", "), gib(sum.need), gib(sum.has)))
		}
	}
	return problems
}

func gib(mib int64) float64 { return float64(mib) / 1024 }

// available is the space that this user can still fill in the file system of a directory.
func available(dir string) (system string, mib int64, err error) {
	var stat unix.Stat_t
	if err := unix.Stat(dir, &stat); err != nil {
		return "", 0, err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return "", 0, err
	}
	return fmt.Sprint(stat.Dev), int64(fs.Bavail) * int64(fs.Bsize) >> 20, nil
}
