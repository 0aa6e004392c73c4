//go:build linux

package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// binaries are the files a cluster needs in Artifacts.Bin, apart from the CNI plugins.
func binaries() []string {
	return []string{
		"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy",
		"containerd", "containerd-shim-runc-v2", "ctr", "runc",
	}
}

// plugins are copied into every node's CNI directory.
func plugins() []string { return []string{"ptp", "bridge", "host-local", "loopback"} }

// wellKnown are the references under which the images every cluster needs were archived.
type wellKnown struct{ pause, coreDNS string }

// provide asks for the artifacts and looks whether they are complete.
func (p *Platform) provide(ctx context.Context) (Artifacts, wellKnown, error) {
	a, err := p.artifacts(ctx)
	if err != nil {
		return a, wellKnown{}, fmt.Errorf("providing the cluster's binaries and images: %w", err)
	}
	if a.Bin, err = filepath.Abs(a.Bin); err != nil {
		return a, wellKnown{}, fmt.Errorf("looking for binaries: %w", err)
	}
	for _, binary := range append(binaries(), plugins()...) {
		if _, err := os.Stat(filepath.Join(a.Bin, binary)); err != nil {
			return a, wellKnown{}, fmt.Errorf("looking for binary %s: %w", binary, err)
		}
	}
	images, err := findWellKnown(a.Images)
	return a, images, err
}

// findWellKnown reads the names from the archives themselves, so that configuration and content cannot disagree.
func findWellKnown(archives []string) (wellKnown, error) {
	var found wellKnown
	for _, archive := range archives {
		manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(archive) })
		if err != nil {
			return found, fmt.Errorf("reading image archive %s: %w", archive, err)
		}
		for _, image := range manifest {
			for _, tag := range image.RepoTags {
				found.note(tag)
			}
		}
	}
	if found.pause == "" || found.coreDNS == "" {
		return found, fmt.Errorf("looking for the images pause (found %q) and coredns (found %q) in %d archives: not there",
			found.pause, found.coreDNS, len(archives))
	}
	return found, nil
}

func (w *wellKnown) note(tag string) {
	ref, err := name.NewTag(tag)
	if err != nil {
		return // an archive may hold names no registry would take; the node decides
	}
	repository := ref.RepositoryStr()
	switch repository[strings.LastIndexByte(repository, '/')+1:] {
	case "pause":
		w.pause = tag
	case "coredns":
		w.coreDNS = tag
	}
}
