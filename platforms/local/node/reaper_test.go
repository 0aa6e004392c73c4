//go:build linux

package node

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The tests of this file take every child of the test's process, so no other test here may use os/exec beside them.

func TestReaperTellsHowAProcessEnded(t *testing.T) {
	r := newReaper(t.Context())
	for _, tc := range []struct {
		name, script, want string
	}{
		{"well", "exit 0", "exited with status 0"},
		{"with a status", "exit 7", "exited with status 7"},
		{"by a signal", "kill -KILL $$", "killed by SIGKILL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, ended, err := r.start("/bin/sh", []string{"sh", "-c", tc.script}, &os.ProcAttr{Sys: &syscall.SysProcAttr{}})
			if err != nil {
				t.Fatal(err)
			}
			if got := <-ended; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("before it began", func(t *testing.T) {
		_, _, err := r.start("/no/such/program", []string{"program"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{}})
		if err == nil || !strings.Contains(err.Error(), "starting program") {
			t.Errorf("got %v", err)
		}
	})
}

func TestReaperStartsManyAtOnce(t *testing.T) {
	r := newReaper(t.Context())
	const many = 50
	ended := make(chan string, many)
	for range many {
		go func() {
			_, done, err := r.start("/bin/true", []string{"true"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{}})
			if err != nil {
				ended <- err.Error()
				return
			}
			ended <- <-done
		}()
	}
	for range many {
		if got := <-ended; got != "exited with status 0" {
			t.Error(got)
		}
	}
}

// TestReaperBuriesOrphans makes this process inherit orphans, as the first of a PID namespace does.
func TestReaperBuriesOrphans(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Skip("this kernel has no subreapers: ", err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	r := newReaper(t.Context())
	file := filepath.Join(t.TempDir(), "pid")
	_, ended, err := r.start("/bin/sh", []string{"sh", "-c", "sleep 0.05 & echo $! > " + file}, &os.ProcAttr{Sys: &syscall.SysProcAttr{}})
	if err != nil {
		t.Fatal(err)
	}
	<-ended
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	// A zombie can be signalled; only one that was waited for cannot.
	for unix.Kill(orphan, 0) == nil {
		select {
		case <-ctx.Done():
			t.Fatal("the orphan is still there")
		case <-time.After(5 * time.Millisecond): // nothing tells of it
		}
	}
}
