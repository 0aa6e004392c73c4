//go:build linux

package local

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func archive(t *testing.T, ref string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(path, tag, empty.Image); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProvide(t *testing.T) {
	complete := t.TempDir()
	for _, name := range append(binaries(), plugins()...) {
		write(t, filepath.Join(complete, name), "")
	}
	pause, dns := archive(t, "registry.k8s.io/pause:3.10"), archive(t, "coredns/coredns:1")
	for _, tc := range []struct {
		name string
		give Artifacts
		err  error
		want string // part of the error
	}{
		{name: "complete", give: Artifacts{Bin: complete, Images: []string{pause, dns}}},
		{name: "no resolver image", give: Artifacts{Bin: complete, Images: []string{pause}}, want: `coredns (found "")`},
		{name: "no image at all", give: Artifacts{Bin: complete}, want: `pause (found "")`},
		{name: "missing binary", give: Artifacts{Bin: t.TempDir()}, want: "looking for binary etcd"},
		{name: "archive that is none", give: Artifacts{Bin: complete, Images: []string{complete + "/etcd"}}, want: "reading image archive"},
		{name: "build that fails", err: errors.New("no compiler"), want: "no compiler"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := New(Options{Artifacts: func(context.Context) (Artifacts, error) { return tc.give, tc.err }})
			_, images, err := p.provide(t.Context())
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want an error that says %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := (wellKnown{pause: "registry.k8s.io/pause:3.10", coreDNS: "coredns/coredns:1"}); images != want {
				t.Errorf("got %+v, want %+v", images, want)
			}
		})
	}
}
