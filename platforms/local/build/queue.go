package build

import (
	"context"
	"path/filepath"
)

// build makes what is missing of the recipes and gives the directory of each, in their order. Modules of later recipes
// are downloaded while earlier ones compile; compiling itself keeps all processors busy with one recipe already.
func (b *builder) build(ctx context.Context, recipes []Recipe) ([]string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dirs := make([]string, len(recipes))
	queue := make(chan entry, len(recipes))
	go func() {
		defer close(queue)
		if err := b.enqueue(ctx, recipes, dirs, queue); err != nil {
			cancel(err)
		}
	}()
	// After a failure the rest of the queue still passes through: its jobs end at once and give up their places.
	for next := range queue {
		dir, err := next.finish(ctx)
		if err != nil {
			cancel(err)
		}
		dirs[next.index] = dir
	}
	return dirs, context.Cause(ctx)
}

// entry is a job in the queue, with the index of its recipe.
type entry struct {
	*job
	index int
}

// enqueue downloads modules for each recipe that is not in the cache and hands it on to be compiled.
func (b *builder) enqueue(ctx context.Context, recipes []Recipe, dirs []string, queue chan<- entry) error {
	missing := b.missing(recipes)
	// Places are reserved in the order of the list, by every runner alike: two of them can never wait for each other.
	for i, recipe := range recipes {
		dir, reserved, err := b.cache.reserve(ctx, recipe.Name, recipe.key(b.tools), files(recipe)...)
		if err != nil {
			return err
		}
		if reserved == nil {
			dirs[i] = dir
			continue
		}
		next := &job{recipe: recipe, tools: b.tools, place: reserved, report: b.report(recipe, missing)}
		if err := next.prepare(); err != nil {
			return reserved.abandon(err)
		}
		if err := next.download(ctx); err != nil {
			return reserved.abandon(err)
		}
		queue <- entry{job: next, index: i}
	}
	return nil
}

// missing names the recipes that are not in the cache.
func (b *builder) missing(recipes []Recipe) []string {
	var names []string
	for _, recipe := range recipes {
		if _, ok := b.cache.find(recipe.Name, recipe.key(b.tools), files(recipe)...); !ok {
			names = append(names, recipe.Name)
		}
	}
	return names
}

// files are the binaries of a recipe inside its directory.
func files(recipe Recipe) []string {
	var paths []string
	for _, name := range recipe.Binaries() {
		paths = append(paths, filepath.Join("bin", name))
	}
	return paths
}
