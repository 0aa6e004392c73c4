package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// job is a recipe that has to be built, with the place in the cache that is reserved for it.
type job struct {
	recipe   Recipe
	tools    toolchain
	place    *place
	report   *report
	packages map[string]bool // all that the recipe is compiled from; known once its modules are downloaded
}

// buildArguments are the arguments of go build that decide the result. Paths of this machine and the state of a
// repository that the cache may lie in stay out of it, or no two machines would build the same.
func buildArguments(recipe Recipe) []string {
	args := []string{"-mod=readonly", "-trimpath", "-buildvcs=false"}
	if len(recipe.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(recipe.Tags, ","))
	}
	return append(args, "-ldflags="+strings.Join(append([]string{"-s", "-w"}, recipe.LDFlags...), " "))
}

// command is a go command for the recipe, run in its place. Listing takes the arguments of building too, because tags
// decide which packages there are.
func (j *job) command(verb ...string) command {
	args := append([]string{j.tools.path}, verb...)
	args = append(args, buildArguments(j.recipe)...)
	return command{
		dir:  j.place.dir,
		env:  j.tools.environment(j.recipe, j.place.scratch()),
		args: append(args, j.recipe.Packages...),
	}
}

// prepare writes the module files and whatever sources the recipe brings.
func (j *job) prepare() error {
	files := map[string][]byte{"go.mod": j.recipe.modFile, "go.sum": j.recipe.sumFile}
	for name, content := range j.recipe.sources {
		files[name] = content
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Join(j.place.dir, filepath.Dir(name)), 0o755); err != nil {
			return fmt.Errorf("writing into the cache: %w", err)
		}
		if err := j.place.write(name, content); err != nil {
			return err
		}
	}
	return nil
}

// download brings the modules that the recipe needs into the user's module cache, and only these: the whole module
// graph would be several times as large. It leaves the list of packages behind.
func (j *job) download(ctx context.Context) error {
	j.report.begin("downloading modules", 0)
	defer j.report.end()
	j.packages = map[string]bool{}
	err := j.command("list", "-deps").run(ctx,
		func(line string) { j.packages[line] = true },
		func(line string) bool {
			downloading := strings.HasPrefix(line, "go: downloading ")
			if downloading {
				j.report.modules.Add(1)
			}
			return downloading
		})
	if err != nil {
		return fmt.Errorf("downloading the modules of %s %s through GOPROXY=%s: %w",
			j.recipe.Name, j.recipe.release(), j.tools.settings["GOPROXY"], err)
	}
	delete(j.packages, "unsafe") // is never compiled
	return nil
}

// compile builds the recipe's commands into the directory bin of its place.
func (j *job) compile(ctx context.Context) error {
	j.report.expected.Store(int64(len(j.packages)))
	j.report.begin("compiling", j.recipe.Usual)
	defer j.report.end()
	output := "bin/" // a directory: go build names the files
	if j.recipe.Binary != "" {
		output = filepath.Join("bin", j.recipe.Binary)
	}
	err := j.command("build", "-v", "-o", output).run(ctx,
		func(string) {},
		func(line string) bool {
			if j.packages[line] { // -v names each package when its turn comes
				j.report.packages.Add(1)
			}
			return j.packages[line]
		})
	if err != nil {
		return fmt.Errorf("compiling %s %s: %w", j.recipe.Name, j.recipe.release(), err)
	}
	return nil
}

// finish compiles and gives the complete directory.
func (j *job) finish(ctx context.Context) (string, error) {
	started := time.Now()
	if err := j.compile(ctx); err != nil {
		return "", j.place.abandon(err)
	}
	dir, err := j.place.publish()
	if err != nil {
		return "", err
	}
	j.report.say.Say("%s: built in %s", j.report.title, spell(time.Since(started)))
	return dir, nil
}
