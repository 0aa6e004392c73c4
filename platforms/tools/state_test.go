package tools

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestState(t *testing.T) {
	s := State{Dir: t.TempDir() + "/deep/er"}
	if names, err := s.Clusters(); err != nil || len(names) != 0 {
		t.Errorf("before the first: %v, %v", names, err)
	}
	for _, name := range []string{"b", "a"} {
		if err := s.Record(name); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.WriteFile(s.Dir+"/file", nil, 0o600)
	_ = os.Mkdir(s.Dir+"/Not_a_name", 0o700)
	if names, err := s.Clusters(); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("got %v, %v", names, err)
	}
	if err := s.Forget("a"); err != nil || s.Has("a") || !s.Has("b") {
		t.Errorf("after forgetting a: %v, a %v, b %v", err, s.Has("a"), s.Has("b"))
	}
}

func TestLock(t *testing.T) {
	s := State{Dir: t.TempDir()}
	unlock, err := s.TryLock("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryLock("a"); !errors.Is(err, ErrBusy) {
		t.Errorf("a second lock: %v", err)
	}
	if other, err := s.TryLock("b"); err != nil {
		t.Errorf("another cluster: %v", err)
	} else {
		other()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting in vain: %v", err)
	}
	unlock()
	again, err := s.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "ambient-12ab": true, strings.Repeat("a", 32): true,
		"": false, "A": false, "-a": false, "a-": false, "../a": false, "a.b": false, strings.Repeat("a", 33): false,
	} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
