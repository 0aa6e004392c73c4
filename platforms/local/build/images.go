package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
)

// repository is where the images seem to come from; no such registry exists, so that a node that lacks one can never
// silently get another.
const repository = "local.ambient-conformance/"

// content is an image before it is packed.
type content struct {
	archive.Image
	name string // of its directory in the cache
}

// binaries finds what was built.
type binaries struct {
	root  string // of the cache
	arch  string
	paths map[string]string // by name
}

// file puts a binary into an image. Its place in the cache says what it holds, so that 100 MB need no hashing.
func (b binaries) file(name, path string) archive.File {
	file := archive.File{Path: path, Source: b.paths[name]}
	if place, err := filepath.Rel(b.root, file.Source); err == nil {
		file.Identity = place
	}
	return file
}

// image names an image and its content.
func (b binaries) image(name, tag string, config v1.Config, files ...archive.File) content {
	return content{name: "image-" + name, Image: archive.Image{
		Ref: repository + name + ":" + tag, Arch: b.arch, Config: config, Files: files,
	}}
}

// IstioRefs are the names of the images that Istio makes, known before they are built.
func IstioRefs() (pilot, cni string) {
	return repository + "pilot:" + istioTag(), repository + "install-cni:" + istioTag()
}

// kubernetesImages are the images that every cluster needs.
func kubernetesImages(b binaries) ([]content, error) {
	return []content{
		b.image("pause", pauseVersion,
			v1.Config{User: "65535:65535", Entrypoint: []string{"/pause"}},
			b.file("pause", "/pause")),
		// CoreDNS stays root with the one capability its manifest leaves it, because an archive carries no file capability.
		b.image("coredns", strings.TrimPrefix(corednsVersion, "v"),
			v1.Config{Entrypoint: []string{"/coredns"}, WorkingDir: "/"},
			b.file("coredns", "/coredns")),
	}, nil
}

// istioImages are the two images of the ambient control plane, with the paths, users and commands of the released ones
// (pilot/docker/Dockerfile.pilot and cni/deployments/kubernetes/Dockerfile.install-cni in Istio's source).
func istioImages(b binaries) ([]content, error) {
	tools, err := hostTools(searchPath())
	if err != nil {
		return nil, fmt.Errorf("collecting the tools of image install-cni: %w", err)
	}
	installer := append(tools, b.file("install-cni", "/usr/local/bin/install-cni"), b.file("istio-cni", "/opt/cni/bin/istio-cni"))
	return []content{
		b.image("pilot", istioTag(),
			// The chart asks for runAsNonRoot, which the kubelet can only verify for a numeric user.
			v1.Config{User: "1337:1337", Entrypoint: []string{"/usr/local/bin/pilot-discovery"}, WorkingDir: "/"},
			b.file("pilot-discovery", "/usr/local/bin/pilot-discovery"),
			archive.File{Path: "/tmp/", Mode: 0o1777}),
		b.image("install-cni", istioTag(), v1.Config{
			User:       "0",
			Cmd:        []string{"/usr/local/bin/install-cni"},
			WorkingDir: "/opt/cni/bin",
			Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cni/bin"},
			Labels:     map[string]string{"description": "Istio CNI plugin installer."},
		}, installer...),
	}, nil
}

// pack writes an image into the cache, unless it is there.
func (b *builder) pack(ctx context.Context, image content) (Image, error) {
	key, err := image.Key()
	if err != nil {
		return Image{}, err
	}
	dir, reserved, err := b.cache.reserve(ctx, image.name, key, "image.tar", "id")
	if err != nil {
		return Image{}, err
	}
	if reserved != nil {
		if dir, err = b.write(reserved, image); err != nil {
			return Image{}, err
		}
	}
	id, err := os.ReadFile(filepath.Join(dir, "id"))
	if err != nil {
		return Image{}, fmt.Errorf("reading ID of image %s: %w", image.Ref, err)
	}
	return Image{Ref: image.Ref, Archive: filepath.Join(dir, "image.tar"), Digest: string(id)}, nil
}

// write packs an image into its place and notes its ID beside it, which would else be hashed anew on every start.
func (b *builder) write(reserved *place, image content) (string, error) {
	b.cache.say.Say("packing image %s", image.Ref)
	id, err := archive.Write(filepath.Join(reserved.dir, "image.tar"), image.Image)
	if err != nil {
		return "", reserved.abandon(err)
	}
	if err := reserved.write("id", []byte(id)); err != nil {
		return "", reserved.abandon(err)
	}
	return reserved.publish()
}
