package build

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestReportSaysHowFarItIs(t *testing.T) {
	for name, tc := range map[string]struct {
		modules, packages, expected int64
		want                        string
	}{
		"nothing known":        {0, 0, 0, ""},
		"downloading":          {57, 0, 0, ", 57 so far"},
		"before compiling":     {57, 0, 2583, ""},
		"compiling":            {57, 812, 2583, ", package 812 of at most 2583 (31 %)"},
		"all packages started": {0, 4, 4, ", package 4 of at most 4 (100 %)"},
	} {
		t.Run(name, func(t *testing.T) {
			var r report
			r.modules.Store(tc.modules)
			r.packages.Store(tc.packages)
			r.expected.Store(tc.expected)
			if got := r.state(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReportSpeaksBetweenMilestones(t *testing.T) {
	said := make(chan string)
	r := report{every: time.Millisecond, title: "kubernetes v1 (1 of 2)", say: func(format string, args ...any) {
		said <- fmt.Sprintf(format, args...)
	}}
	r.modules.Store(3)
	r.begin("downloading modules", 0)
	if got, want := <-said, "kubernetes v1 (1 of 2): downloading modules, 3 so far, "; !strings.HasPrefix(got, want) {
		t.Errorf("it said %q, want %q", got, want)
	}
	go func() {
		for range said { // end waits for a line that is being said
		}
	}()
	r.end()
	close(said)
}

func TestDurationsInWords(t *testing.T) {
	for want, got := range map[string]string{
		"5m":                  spell(5 * time.Minute),
		"1m50s":               spell(110 * time.Second),
		"12s":                 spell(12*time.Second + 300*time.Millisecond),
		"0s":                  spell(0),
		"1m20s of usually 5m": elapsed(80*time.Second, 5*time.Minute),
		"14s":                 elapsed(14*time.Second, 0),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
