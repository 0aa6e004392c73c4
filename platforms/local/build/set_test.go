package build

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// tinyImages packs the tiny recipe's program.
func tinyImages(b binaries) ([]content, error) {
	return []content{b.image("tiny", "v1", v1.Config{Entrypoint: []string{"/tiny"}}, b.file("tiny", "/tiny"))}, nil
}

func TestAssembleGivesBinariesAndImages(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	recipe := tiny("tiny", "hello")
	recipe.Release = "one"
	set, err := o.assemble(t.Context(), []Recipe{recipe}, tinyImages)
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, filepath.Join(set.Bin, "tiny")); got != "hello" {
		t.Errorf("the program prints %q", got)
	}
	if diff := cmp.Diff(map[string]string{"tiny": "one"}, set.Versions); diff != "" {
		t.Errorf("versions differ (-want +got):\n%s", diff)
	}
	image, err := tarball.ImageFromPath(set.Images[0].Archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := image.ConfigName(); err != nil || id.String() != set.Images[0].Digest {
		t.Errorf("the archive holds image %s (%v), the set says %s", id, err, set.Images[0].Digest)
	}
	again, err := o.assemble(t.Context(), []Recipe{recipe}, tinyImages)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set, again); diff != "" {
		t.Errorf("the second set differs (-first +second):\n%s", diff)
	}
}

// TestBuildsAreReproducible: two caches in different directories hold the same bytes, so that keys mean something.
func TestBuildsAreReproducible(t *testing.T) {
	var archives [2]string
	for i := range archives {
		set, err := Options{Cache: t.TempDir()}.assemble(t.Context(), []Recipe{tiny("tiny", "hello")}, tinyImages)
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(set.Images[0].Archive)
		if err != nil {
			t.Fatal(err)
		}
		archives[i] = string(content)
	}
	if archives[0] != archives[1] {
		t.Error("the archives of two builds differ")
	}
}

func TestPlan(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	recipes := []Recipe{tiny("first", "one"), tiny("second", "two")}
	if _, err := buildAll(t.Context(), o, recipes[0]); err != nil {
		t.Fatal(err)
	}
	b, err := newBuilder(t.Context(), o, recipes)
	if err != nil {
		t.Fatal(err)
	}
	steps := b.plan(recipes)
	if !steps[0].Cached || steps[1].Cached {
		t.Errorf("want the first recipe cached and the second not, got %v and %v", steps[0].Cached, steps[1].Cached)
	}
	if got := Remaining(steps); got != time.Second {
		t.Errorf("%s remain, want 1s", got)
	}
}

func TestPlanOfTheRealRecipes(t *testing.T) {
	steps, err := Plan(t.Context(), Options{Cache: t.TempDir()}, SetIstio)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 || steps[0].Name != "istio" || steps[0].Cached || Remaining(steps) < time.Minute {
		t.Errorf("an empty cache asks for istio, minutes of it; got %+v", steps)
	}
}

func TestPrune(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	kept, gone := tiny("first", "one"), tiny("first", "obsolete")
	dirs, err := buildAll(t.Context(), o, kept)
	if err != nil {
		t.Fatal(err)
	}
	obsolete, err := buildAll(t.Context(), o, gone)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, dir := range []string{dirs[0], obsolete[0]} {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := buildAll(t.Context(), o, kept); err != nil { // using it keeps it
		t.Fatal(err)
	}
	foreign := filepath.Join(o.Cache, "notes", "mine.tmp")
	if err := os.MkdirAll(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	removed, err := Prune(t.Context(), o, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(obsolete, removed); diff != "" {
		t.Errorf("removed directories differ (-want +got):\n%s", diff)
	}
	for _, dir := range []string{dirs[0], foreign} {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("removed what must stay: %v", err)
		}
	}
	if removed, err := Prune(t.Context(), Options{Cache: filepath.Join(o.Cache, "absent")}, 0); err != nil || removed != nil {
		t.Errorf("pruning a cache that does not exist gives %v, %v", removed, err)
	}
}

func TestPruneLeavesWhatIsBeingBuilt(t *testing.T) {
	c := cache{root: t.TempDir()}
	_, reserved, err := c.reserve(t.Context(), "first", "key")
	if err != nil {
		t.Fatal(err)
	}
	removed, err := Prune(t.Context(), Options{Cache: c.root}, 0)
	if err != nil || removed != nil {
		t.Errorf("pruning during a build removes %v, %v", removed, err)
	}
	if err := reserved.abandon(io.EOF); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
