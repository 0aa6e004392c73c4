package archive

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// TestTarsLieBelowTheFiles: a tar becomes a layer of its own, byte for byte, and is part of the key.
func TestTarsLieBelowTheFiles(t *testing.T) {
	content, err := io.ReadAll(layer([]File{{Path: "/etc/hostname", Content: []byte("base\n")}}))
	if err != nil {
		t.Fatal(err)
	}
	base, path := filepath.Join(t.TempDir(), "base.tar"), filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(base, content, 0o600); err != nil {
		t.Fatal(err)
	}
	image := sample(t)
	without, err := image.Key()
	if err != nil {
		t.Fatal(err)
	}
	image.Below = []string{base}
	if with, err := image.Key(); err != nil || with == without {
		t.Errorf("the key with a base is %s, %v, and without %s", with, err, without)
	}
	if _, err := Write(path, image); err != nil {
		t.Fatal(err)
	}
	read, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := read.Layers()
	if err != nil || len(layers) != 2 {
		t.Fatalf("got %d layers, %v, want 2", len(layers), err)
	}
	lowest, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer lowest.Close()
	if got, err := io.ReadAll(lowest); err != nil || string(got) != string(content) {
		t.Errorf("the lowest layer is not the tar: %d bytes, %v, want %d", len(got), err, len(content))
	}
}
