package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/ambient-conformance/ambient-conformance/reports"
)

// console tells a person what happens: on a terminal the current step is one line that renews itself, elsewhere every
// line is written once, plainly. It writes to standard error, so that standard output holds results only.
type console struct {
	mu      sync.Mutex
	out     io.Writer
	live    bool
	width   int
	begun   time.Time
	current string // of the live line, "" when there is none
	written time.Time
}

func newConsole() *console {
	fd := int(os.Stderr.Fd())
	c := &console{out: os.Stderr, live: term.IsTerminal(fd) && os.Getenv("CI") == "", width: 100, begun: time.Now()}
	if width, _, err := term.GetSize(fd); err == nil && width > 20 {
		c.width = width
	}
	return c
}

// begin announces a step.
func (c *console) begin(step string) { c.show(step, !c.live) }

// detail says what the step is doing right now. In plain output all of it would bury the rest: one line in a while
// shows that a long step is alive.
func (c *console) detail(format string, args ...any) {
	c.mu.Lock()
	due := time.Since(c.written) > plainInterval
	c.mu.Unlock()
	if c.live || due {
		c.show(fmt.Sprintf(format, args...), !c.live)
	}
}

// plainInterval is how long plain output stays silent at the most while a step has something to say.
const plainInterval = 20 * time.Second

// note writes a line that stays.
func (c *console) note(format string, args ...any) { c.keep(fmt.Sprintf(format, args...)) }

// end closes a step with its result and duration.
func (c *console) end(row reports.Row) {
	c.keep(fmt.Sprintf("%s %-34s %6.1fs%s", mark(row.Result), row.Summary, row.Duration.Seconds(), tail(row)))
}

// row tells how a check ended.
func (c *console) row(row reports.Row) {
	c.keep(fmt.Sprintf("  %s %-12s %-34s %5.1fs%s", mark(row.Result), row.Area, row.Name, row.Duration.Seconds(), tail(row)))
}

// kill tells how a check took to being broken: red is what is wanted.
func (c *console) kill(row reports.Row) {
	sign, said := "✓", "noticed"
	if _, broken, _ := strings.Cut(row.Name, "/"); broken == "" {
		sign, said = mark(row.Result), string(row.Result)+" as it is"
	} else if row.Result != reports.Failed {
		sign, said = "✗", string(row.Result)+": "+firstLine(row.Message)
	} else if row.CauseID != "" && row.CauseID != reports.Unattributed {
		said += ", cause " + row.CauseID
	}
	c.keep(fmt.Sprintf("  %s %-12s %-60s %5.1fs  %s", sign, row.Area, row.Name, row.Duration.Seconds(), said))
}

func mark(result reports.Result) string {
	switch result {
	case reports.Passed:
		return "✓"
	case reports.Skipped:
		return "-"
	case reports.Unknown:
		return "?"
	case reports.Blocked:
		return "·"
	}
	return "✗"
}

// tail is the first line of what went wrong, and how often it was tried.
func tail(row reports.Row) string {
	var parts []string
	if row.Result != reports.Passed {
		parts = append(parts, string(row.Result)+": "+firstLine(row.Message))
	}
	if len(row.Attempts) > 0 {
		parts = append(parts, fmt.Sprintf("(attempt %d)", len(row.Attempts)+1))
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + strings.Join(parts, " ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

func (c *console) keep(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	c.written = time.Now()
	fmt.Fprintln(c.out, line)
	if c.current != "" {
		fmt.Fprint(c.out, c.current)
	}
}

func (c *console) show(line string, plainly bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if plainly {
		c.written = time.Now()
		fmt.Fprintf(c.out, "… %s\n", line)
		return
	}
	c.erase()
	line = fmt.Sprintf("… %4.0fs %s", time.Since(c.begun).Seconds(), line)
	if runes := []rune(line); len(runes) > c.width-1 {
		line = string(runes[:c.width-1])
	}
	c.current = line
	fmt.Fprint(c.out, line)
}

// erase clears the live line.
func (c *console) erase() {
	if c.live && c.current != "" {
		fmt.Fprint(c.out, "\r\x1b[K")
	}
}

// rest removes the live line for good.
func (c *console) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	c.current = ""
}
