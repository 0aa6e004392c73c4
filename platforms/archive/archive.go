// Package archive writes container images as docker archives, without a container engine and always in the same bytes:
// equal content gives an equal file on every machine, so that an archive can be named after what is in it.
package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Image is what goes into an archive: one layer of files, on an empty base or on tars, for this machine's kind of processor.
type Image struct {
	Ref    string    // the name under which nodes find it, with a tag: "registry.example/name:tag"
	Arch   string    // processor, as Go names it: "amd64"
	Config v1.Config // what the container runs, and as whom
	Files  []File
	Below  []string // uncompressed tars of this machine that become layers of their own below Files, the lowest first
}

// packing says how layers lie in an archive; it changes when Write begins to write other bytes for equal content.
const packing = "one uncompressed layer"

// Key identifies the content of the image: 20 hexadecimal digits of a SHA-256 over everything that ends up in the
// archive. Files with an Identity are not read for it.
func (i Image) Key() (string, error) {
	hash := sha256.New()
	head := struct {
		Packing, Ref, Arch string
		Config             v1.Config
	}{packing, i.Ref, i.Arch, i.Config}
	if err := json.NewEncoder(hash).Encode(head); err != nil {
		return "", fmt.Errorf("encoding configuration of image %s: %w", i.Ref, err)
	}
	for _, file := range sorted(i.Files) {
		identity, err := file.identity()
		if err != nil {
			return "", fmt.Errorf("identifying content of image %s: %w", i.Ref, err)
		}
		fmt.Fprintf(hash, "%q %o %q %q\n", file.Path, file.Mode, file.Link, identity)
	}
	for _, path := range i.Below {
		below, err := measureTar(path)
		if err != nil {
			return "", fmt.Errorf("identifying content of image %s: %w", i.Ref, err)
		}
		fmt.Fprintf(hash, "%s\n", below.hash)
	}
	return hex.EncodeToString(hash.Sum(nil))[:20], nil
}

// Write writes the image as a docker archive and returns its image ID: "sha256:" and the digest of its configuration,
// which is what container runtimes show and, unlike a manifest digest, does not depend on how layers are packed.
func Write(path string, i Image) (string, error) {
	tag, err := name.NewTag(i.Ref, name.StrictValidation)
	if err != nil {
		return "", fmt.Errorf("naming image: %w", err)
	}
	image, err := i.assemble()
	if err != nil {
		return "", fmt.Errorf("assembling image %s: %w", i.Ref, err)
	}
	file, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("creating archive of image %s: %w", i.Ref, err)
	}
	defer file.Close()
	if err := tarball.Write(tag, image, file); err != nil {
		return "", fmt.Errorf("writing archive of image %s: %w", i.Ref, err)
	}
	id, err := image.ConfigName()
	if err != nil {
		return "", fmt.Errorf("computing ID of image %s: %w", i.Ref, err)
	}
	return id.String(), file.Close()
}

// assemble makes the image. Its layer stays uncompressed: it is read back on the same machine within seconds, and
// unpacking would then be the slowest part of loading it (half of 1.8 s for 130 MB).
func (i Image) assemble() (v1.Image, error) {
	content, err := measure(i.Files)
	if err != nil {
		return nil, err
	}
	// A fixed date, because the date of building would make every archive different.
	created := v1.Time{Time: time.Unix(0, 0).UTC()}
	base, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{
		Architecture: i.Arch,
		OS:           "linux",
		Created:      created,
		Config:       i.Config,
		RootFS:       v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
	})
	if err != nil {
		return nil, err
	}
	var layers []mutate.Addendum
	for _, path := range i.Below {
		below, err := measureTar(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, mutate.Addendum{Layer: below, History: v1.History{Created: created, CreatedBy: "ambient-conformance"}})
	}
	history := v1.History{Created: created, CreatedBy: "ambient-conformance"}
	return mutate.Append(base, append(layers, mutate.Addendum{Layer: content, History: history})...)
}
