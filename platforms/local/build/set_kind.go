package build

import (
	"context"
	"slices"
)

// Engine gives a Docker engine, its client, and the containerd and runc it starts, building what is not in the cache.
func Engine(ctx context.Context, o Options) (Set, error) {
	return o.assemble(ctx, engineParts(), noImages)
}

// EnginePreflight says what this machine lacks for Engine, each problem a sentence with its remedy.
func EnginePreflight(ctx context.Context, o Options) []string { return o.lacking(ctx, engineParts()) }

func engineParts() []Recipe {
	return pick(Recipes(SetKubernetes, SetEngine), "runc", "containerd", "docker-engine", "docker-cli")
}

// pick keeps the recipes of these names, in their order.
func pick(recipes []Recipe, names ...string) []Recipe {
	return slices.DeleteFunc(recipes, func(r Recipe) bool { return !slices.Contains(names, r.Name) })
}

func noImages(binaries) ([]content, error) { return nil, nil }
