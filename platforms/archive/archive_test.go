package archive

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// sample is an image with one file of each kind, listed in no order.
func sample(t *testing.T) Image {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!program"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Image{
		Ref:    "local.example/sample:1",
		Arch:   "amd64",
		Config: v1.Config{Entrypoint: []string{"/usr/bin/program"}, User: "1337:1337", Env: []string{"PATH=/usr/bin"}},
		Files: []File{
			{Path: "/usr/bin/program", Source: program},
			{Path: "/usr/bin/alias", Link: "program"},
			{Path: "/etc/protocols", Content: []byte("tcp 6 TCP\n")},
			{Path: "/tmp/", Mode: 0o1777},
		},
	}
}

func TestWriteGivesALoadableImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.tar")
	id, err := Write(path, sample(t))
	if err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if loaded.String() != id {
		t.Errorf("image ID of the archive is %s, Write said %s", loaded, id)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(t).Config, config.Config); diff != "" {
		t.Errorf("configuration differs (-want +got):\n%s", diff)
	}
	want := []string{
		"d 0755 etc/ = ", "f 0644 etc/protocols = tcp 6 TCP\n", "d 1777 tmp/ = ", "d 0755 usr/ = ", "d 0755 usr/bin/ = ",
		"l 0777 usr/bin/alias = program", "f 0755 usr/bin/program = #!program",
	}
	if diff := cmp.Diff(want, listing(t, image)); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

// listing reads the only layer back: type, mode, name and content of each entry.
func listing(t *testing.T, image v1.Image) []string {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("want one layer, got %d (%v)", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var lines []string
	for archive := tar.NewReader(content); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.IsZero() && header.ModTime.Unix() != 0 || header.Uid != 0 || header.Uname != "" {
			t.Errorf("%s carries a time or an owner: %+v", header.Name, header)
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		kind := map[byte]string{tar.TypeReg: "f", tar.TypeDir: "d", tar.TypeSymlink: "l"}[header.Typeflag]
		mode := []byte{'0' + byte(header.Mode>>9), '0' + byte(header.Mode>>6&7), '0' + byte(header.Mode>>3&7), '0' + byte(header.Mode&7)}
		lines = append(lines, kind+" "+string(mode)+" "+header.Name+" = "+string(body)+header.Linkname)
	}
}

func TestEqualContentGivesEqualBytes(t *testing.T) {
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	shuffled := sample(t)
	shuffled.Files[0], shuffled.Files[3] = shuffled.Files[3], shuffled.Files[0]
	if _, err := Write(first, sample(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(second, shuffled); err != nil {
		t.Fatal(err)
	}
	a, errA := os.ReadFile(first)
	b, errB := os.ReadFile(second)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if string(a) != string(b) {
		t.Error("two archives of the same content differ")
	}
}

func TestKeyFollowsContent(t *testing.T) {
	key := func(change func(*Image)) string {
		image := sample(t)
		change(&image)
		key, err := image.Key()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	unchanged := key(func(*Image) {})
	if again := key(func(*Image) {}); again != unchanged {
		t.Errorf("the same image has keys %s and %s", unchanged, again)
	}
	changes := map[string]func(*Image){
		"another name":         func(i *Image) { i.Ref = "local.example/sample:2" },
		"another processor":    func(i *Image) { i.Arch = "arm64" },
		"another user":         func(i *Image) { i.Config.User = "0" },
		"another content":      func(i *Image) { i.Files[2].Content = []byte("udp 17 UDP\n") },
		"another mode":         func(i *Image) { i.Files[3].Mode = 0o700 },
		"another link":         func(i *Image) { i.Files[1].Link = "other" },
		"another identity":     func(i *Image) { i.Files[0].Identity = "etcd/0123" },
		"one file more":        func(i *Image) { i.Files = append(i.Files, File{Path: "/etc/more"}) },
		"a file at other path": func(i *Image) { i.Files[2].Path = "/etc/protocol" },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			if key(change) == unchanged {
				t.Error("the key stays the same")
			}
		})
	}
}

func TestWriteNamesTheMissingFile(t *testing.T) {
	image := sample(t)
	image.Files[0].Source = "/absent/program"
	_, err := Write(filepath.Join(t.TempDir(), "image.tar"), image)
	if err == nil || !strings.Contains(err.Error(), "/absent/program") {
		t.Fatalf("want an error that names /absent/program, got: %v", err)
	}
}
