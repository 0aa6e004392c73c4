//go:build linux

package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/process"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLockExcludes(t *testing.T) {
	dir := t.TempDir()
	held, err := acquire(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := acquire(ctx, dir); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is held: %v", err)
	}
	held.release()
	again, err := acquire(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	again.release()
}

func TestLockOfADeletedClusterIsNobodys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	write(t, filepath.Join(dir, "x"), "")
	held, err := acquire(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := acquire(t.Context(), dir)
		waiting <- err
	}()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	held.release()
	if err := <-waiting; !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
}

func TestDeleteWhatIsNotWhole(t *testing.T) {
	self, err := process.Self()
	if err != nil {
		t.Fatal(err)
	}
	recycled := self // our number, but somebody who began earlier
	recycled.Start--
	for _, tc := range []struct {
		name  string
		files map[string]any
	}{
		{"nothing but a directory", map[string]any{"nodes/a-0/log/x": nil}},
		{"a record, and nothing begun", map[string]any{recordFile: record{Cgroup: "ambient-a-never-made"}}},
		{"half a record", map[string]any{recordFile: nil}},
		{"half an identity", map[string]any{node.IdentityFile: nil}},
		{"an init that is gone", map[string]any{node.IdentityFile: recycled}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := New(Options{StateDir: t.TempDir()})
			for name, value := range tc.files {
				path := filepath.Join(p.dir("a"), name)
				write(t, path, "{")
				if value != nil {
					if err := writeJSON(path, value); err != nil {
						t.Fatal(err)
					}
				}
			}
			if names, err := p.List(t.Context()); err != nil || !cmp.Equal(names, []string{"a"}) {
				t.Errorf("listing: %v, %v", names, err)
			}
			for range 2 { // absent the second time
				if err := p.Delete(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
			}
			if names, err := p.List(t.Context()); err != nil || len(names) != 0 {
				t.Errorf("listing after deletion: %v, %v", names, err)
			}
		})
	}
}

func TestDeleteStaysInItsDirectory(t *testing.T) {
	p := New(Options{StateDir: filepath.Join(t.TempDir(), "state")})
	precious := filepath.Join(filepath.Dir(p.stateDir), "precious")
	write(t, precious, "")
	if err := p.Delete(t.Context(), "../precious"); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestListWithoutState(t *testing.T) {
	p := New(Options{StateDir: filepath.Join(t.TempDir(), "none")})
	if names, err := p.List(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("got %v, %v", names, err)
	}
	if gone, err := p.DeleteAll(t.Context()); err != nil || len(gone) != 0 {
		t.Errorf("deleting all: %v, %v", gone, err)
	}
}

func TestVerbsOnAbsentClusters(t *testing.T) {
	p := New(Options{StateDir: t.TempDir()})
	if err := p.Load(t.Context(), "a", "x.tar"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loading: %v", err)
	}
	if err := p.Logs(t.Context(), "a", t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("logs: %v", err)
	}
	if _, err := p.Exec(t.Context(), "a", "a-0", "true"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("exec: %v", err)
	}
}
