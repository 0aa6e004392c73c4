//go:build linux

// Package process names processes so that a number the kernel has given to somebody else since is never mistaken for
// them, and ends them.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Identity is one process for good: its number, when it began, and in which run of the machine.
type Identity struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot: field 22 of /proc/PID/stat, proc_pid_stat(5)
	Boot  string `json:"boot"`  // /proc/sys/kernel/random/boot_id
}

// Of identifies the process that has the number pid now. The error is fs.ErrNotExist when there is none.
func Of(pid int) (Identity, error) {
	stat, err := readStat(pid)
	if err != nil {
		return Identity{}, err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Identity{}, fmt.Errorf("reading the machine's boot id: %w", err)
	}
	return Identity{PID: pid, Start: stat.start, Boot: strings.TrimSpace(string(boot))}, nil
}

// Self identifies the calling process as the mounted /proc numbers it: in a new PID namespace that still sees the
// parent's /proc, that is the parent's number.
func Self() (Identity, error) {
	link, err := os.Readlink("/proc/self")
	if err != nil {
		return Identity{}, fmt.Errorf("reading own process number: %w", err)
	}
	pid, err := strconv.Atoi(link)
	if err != nil {
		return Identity{}, fmt.Errorf("reading own process number: %w", err)
	}
	return Of(pid)
}

// Alive says whether this very process still runs; a zombie does not.
func (i Identity) Alive() bool {
	now, err := Of(i.PID)
	if err != nil || now != i {
		return false
	}
	stat, err := readStat(i.PID)
	return err == nil && stat.state != 'Z' && stat.state != 'X'
}

// Kill ends the process with SIGKILL and returns when the kernel is done with it, which for the first process of a PID
// namespace means that every process of the namespace is gone too. It is no error when the process is gone already.
func (i Identity) Kill(ctx context.Context) error {
	fd, err := unix.PidfdOpen(i.PID, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening process %d: %w", i.PID, err)
	}
	defer unix.Close(fd)
	// The descriptor holds on to whoever has the number now; only after that is it worth asking who it is.
	if !i.Alive() {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("killing process %d: %w", i.PID, err)
	}
	return awaitExit(ctx, fd, i.PID)
}

func awaitExit(ctx context.Context, pidfd, pid int) error {
	const slice = 100 * time.Millisecond // how late the end of ctx may be noticed; the exit itself wakes us at once
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, int(slice.Milliseconds()))
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("awaiting the end of process %d: %w", pid, err)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("awaiting the end of process %d after SIGKILL: %w", pid, context.Cause(ctx))
		}
	}
}

type stat struct {
	state byte
	start uint64
}

func readStat(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, unix.ESRCH) { // gone between open and read
		err = os.ErrNotExist
	}
	if err != nil {
		return stat{}, fmt.Errorf("reading the state of process %d: %w", pid, err)
	}
	return parseStat(raw)
}

// parseStat reads a line of proc_pid_stat(5). The command name stands in parentheses and may contain anything, so
// fields are counted from the last one.
func parseStat(raw []byte) (stat, error) {
	end := bytes.LastIndexByte(raw, ')')
	if end < 0 {
		return stat{}, fmt.Errorf("parsing process state %q: no command name", raw)
	}
	const stateField, startField = 0, 22 - 3 // numbered from the field after the name, which is the third
	fields := strings.Fields(string(raw[end+1:]))
	if len(fields) <= startField || len(fields[stateField]) != 1 {
		return stat{}, fmt.Errorf("parsing process state %q: %d fields after the command name", raw, len(fields))
	}
	start, err := strconv.ParseUint(fields[startField], 10, 64)
	if err != nil {
		return stat{}, fmt.Errorf("parsing process state %q: start time: %w", raw, err)
	}
	return stat{state: fields[stateField][0], start: start}, nil
}
