//go:build linux

package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1 2"
	for _, tc := range []struct {
		name string
		raw  string
		want stat
		ok   bool
	}{
		{"plain name", "7 (sh) S" + rest, stat{'S', 4711}, true},
		{"name with blanks and parentheses", "7 (a) R 1 (b) Z" + rest, stat{'Z', 4711}, true},
		{"no name", "7 sh S" + rest, stat{}, false},
		{"cut off", "7 (sh) S 1 1", stat{}, false},
		{"start time is no number", "7 (sh) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 soon", stat{}, false},
		{"empty", "", stat{}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseStat([]byte(tc.raw))
			if (err == nil) != tc.ok || got != tc.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (sh) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1 2"))
	f.Add([]byte(") "))
	f.Fuzz(func(t *testing.T, raw []byte) { _, _ = parseStat(raw) }) // it must not panic
}

func TestSelf(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if self.PID != os.Getpid() || self.Start == 0 || self.Boot == "" || !self.Alive() {
		t.Errorf("got %+v, alive %v; want process %d, alive", self, self.Alive(), os.Getpid())
	}
}

func TestKill(t *testing.T) {
	sleeper := func(t *testing.T) (*exec.Cmd, Identity) {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		id, err := Of(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return cmd, id
	}
	t.Run("the process it names", func(t *testing.T) {
		_, id := sleeper(t)
		if err := id.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if id.Alive() { // nobody has waited for it yet: it is a zombie
			t.Error("still alive")
		}
	})
	t.Run("not the one that has its number now", func(t *testing.T) {
		_, id := sleeper(t)
		earlier := id
		earlier.Start--
		if err := earlier.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !id.Alive() {
			t.Error("killed a stranger")
		}
	})
	t.Run("not one of an earlier run of the machine", func(t *testing.T) {
		_, id := sleeper(t)
		earlier := id
		earlier.Boot = "another"
		if err := earlier.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !id.Alive() {
			t.Error("killed a stranger")
		}
	})
	t.Run("one that is gone", func(t *testing.T) {
		cmd, id := sleeper(t)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err := id.Kill(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := Of(id.PID); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("identifying it: %v", err)
		}
	})
}
