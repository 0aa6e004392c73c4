package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Set is what a cluster is made from.
type Set struct {
	Bin      string            // directory with all binaries of the set, as hard links into the cache
	Images   []Image           // what nodes load
	Versions map[string]string // by recipe name: "kubernetes": "v1.36.3"; that of "istio" is the tag of its images
}

// Image is a container image as a docker archive.
type Image struct {
	Ref     string // "local.ambient-conformance/pilot:1.31-dev-eed52ebb66ad"
	Archive string // path
	Digest  string // image ID, "sha256:…": the digest of the configuration, which runtimes show
}

// Step is one recipe of a plan.
type Step struct {
	Recipe
	Cached bool // nothing to do; otherwise it takes about Usual on two cores
}

// Kubernetes gives the binaries of a node and its control plane, and the images that every cluster needs, building what
// is not in the cache. That takes minutes the first time; it can be interrupted, and goes on from there.
func Kubernetes(ctx context.Context, o Options) (Set, error) {
	return o.assemble(ctx, Recipes(SetKubernetes), kubernetesImages)
}

// Istio gives the ambient control plane's binaries and images, for clusters that cannot pull the released ones. Like
// Kubernetes, it builds what is not in the cache.
func Istio(ctx context.Context, o Options) (Set, error) {
	return o.assemble(ctx, Recipes(SetIstio), istioImages)
}

// Plan says for each recipe of the sets whether it is in the cache. Nothing is built or downloaded.
func Plan(ctx context.Context, o Options, sets ...string) ([]Step, error) {
	recipes := Recipes(sets...)
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return nil, err
	}
	return b.plan(recipes), nil
}

// Remaining is how long the steps that are not in the cache usually take on two cores.
func Remaining(steps []Step) time.Duration {
	var total time.Duration
	for _, step := range steps {
		if !step.Cached {
			total += step.Usual
		}
	}
	return total
}

func (b *builder) plan(recipes []Recipe) []Step {
	steps := make([]Step, len(recipes))
	for i, recipe := range recipes {
		_, ok := b.cache.find(recipe.Name, recipe.key(b.tools), files(recipe)...)
		steps[i] = Step{Recipe: recipe, Cached: ok}
	}
	return steps
}

// assemble builds recipes, links their binaries into one directory and packs images from it.
func (o Options) assemble(ctx context.Context, recipes []Recipe, images func(bin binaries) ([]content, error)) (Set, error) {
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return Set{}, err
	}
	dirs, err := b.build(ctx, recipes)
	if err != nil {
		return Set{}, err
	}
	set := Set{Versions: map[string]string{}}
	// Images take their binaries from the directory of the recipe, whose name says what they hold.
	found := binaries{root: b.cache.root, arch: b.tools.settings["GOARCH"], paths: map[string]string{}}
	for i, recipe := range recipes {
		set.Versions[recipe.Name] = recipe.release()
		for _, name := range recipe.Binaries() {
			found.paths[name] = filepath.Join(dirs[i], "bin", name)
		}
	}
	if set.Bin, err = b.link(ctx, recipes, found); err != nil {
		return Set{}, err
	}
	wanted, err := images(found)
	if err != nil {
		return Set{}, err
	}
	for _, image := range wanted {
		packed, err := b.pack(ctx, image)
		if err != nil {
			return Set{}, err
		}
		set.Images = append(set.Images, packed)
	}
	return set, nil
}

// link makes the directory in which all binaries of a set lie side by side: as hard links, since a node sees this
// directory and not the rest of the cache.
func (b *builder) link(ctx context.Context, recipes []Recipe, found binaries) (string, error) {
	var keys []string
	for _, recipe := range recipes {
		keys = append(keys, recipe.Name+"/"+recipe.key(b.tools))
	}
	sum := sha256.Sum256([]byte(strings.Join(keys, "\n")))
	var names []string
	for name := range found.paths {
		names = append(names, name)
	}
	dir, reserved, err := b.cache.reserve(ctx, "flat", hex.EncodeToString(sum[:])[:20], names...)
	if err != nil || reserved == nil {
		return dir, err
	}
	for name, path := range found.paths {
		if err := os.Link(path, filepath.Join(reserved.dir, name)); err != nil {
			return "", reserved.abandon(fmt.Errorf("linking %s: %w", name, err))
		}
	}
	return reserved.publish()
}
