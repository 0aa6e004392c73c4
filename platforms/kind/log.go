package kind

import (
	"fmt"
	"strings"
	"unicode"

	"sigs.k8s.io/kind/pkg/exec"
	"sigs.k8s.io/kind/pkg/log"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// logger passes on what the library tells its users.
type logger struct{ progress platforms.Progress }

var _ log.Logger = logger{}

func (l logger) Warn(message string)            { l.say(message) }
func (l logger) Warnf(format string, a ...any)  { l.say(fmt.Sprintf(format, a...)) }
func (l logger) Error(message string)           { l.say(message) }
func (l logger) Errorf(format string, a ...any) { l.say(fmt.Sprintf(format, a...)) }
func (l logger) V(level log.Level) log.InfoLogger {
	return info{l, level == 0}
}

// say writes a line of words: the library decorates its own.
func (l logger) say(message string) {
	words := strings.TrimFunc(message, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '"' })
	if words != "" {
		l.progress.Say("kind: %s", words)
	}
}

type info struct {
	logger
	enabled bool
}

func (i info) Enabled() bool { return i.enabled }

func (i info) Info(message string) {
	if i.enabled {
		i.say(message)
	}
}

func (i info) Infof(format string, a ...any) { i.Info(fmt.Sprintf(format, a...)) }

// tail is how much of a failing command's output an error keeps, in bytes.
const tail = 2000

// explained adds what the library's failing command wrote, which its error leaves out.
func explained(err error) error {
	failed := exec.RunErrorForError(err)
	if failed == nil {
		return err
	}
	output := strings.TrimSpace(string(failed.Output))
	return fmt.Errorf("%w\n%s", err, output[max(0, len(output)-tail):])
}
