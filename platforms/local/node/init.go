//go:build linux

package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// The inits are the runner's own executable under these names, which is also what a process list shows.
const (
	ClusterInit = "ambient-cluster-init" // ClusterInit DIR
	NodeInit    = "ambient-node-init"    // NodeInit DIR NODE
)

// Descriptors an init inherits, from 3 on. Start gets one byte when everything an init needs has been arranged; its end
// without a byte means that whoever wanted the init is gone.
const (
	startFD = 3 + iota
	eventsFD
	listenerFD // only where Node.Forward is set, and in the cluster init
)

// IsInit says whether a program with these arguments was started as an init.
func IsInit(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{ClusterInit, NodeInit, ProbeInit}, args[0])
}

// Run is the life of an init. It returns the exit status: 0 after SIGTERM, 1 when it could not go on.
func Run(ctx context.Context, args []string) int {
	if args[0] == ProbeInit && len(args) == 2 {
		return runProbe(args[1])
	}
	// A component that outlives the reader of the events must not take the init with it: writing to the broken pipe is
	// an error like any other.
	ctx, stop := signal.NotifyContext(ctx, unix.SIGTERM, unix.SIGINT)
	defer stop()
	for fd := startFD; fd <= listenerFD; fd++ {
		unix.CloseOnExec(fd)
	}
	if !begun() {
		return 0
	}
	// Otherwise a process list that shows no arguments calls every init "exe". It cuts the name off at 15 bytes.
	_ = os.WriteFile("/proc/self/comm", []byte(args[0]), 0)
	unix.Umask(0o022) // whoever called the runner may have a stricter one, which pods could not live with
	events := &reporter{out: os.NewFile(eventsFD, "events")}
	listener := os.NewFile(listenerFD, "listener")
	var err error
	switch {
	case args[0] == ClusterInit && len(args) == 2:
		err = runCluster(ctx, args[1], events, listener)
	case args[0] == NodeInit && len(args) == 3:
		events.node = args[2]
		err = runNode(ctx, args[1], args[2], events, listener)
	default:
		err = fmt.Errorf("starting init: unexpected arguments %q", args)
	}
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	events.tell(Event{State: Failed, Detail: err.Error()})
	return 1
}

func begun() bool {
	start := os.NewFile(startFD, "start")
	defer start.Close()
	_, err := io.ReadFull(start, make([]byte, 1))
	return err == nil
}

// reporter writes events. Several inits share the pipe; a line shorter than PIPE_BUF is written whole.
type reporter struct {
	node string
	out  *os.File
}

func (r *reporter) tell(e Event) {
	const most = 2048 // keeps the line below PIPE_BUF (4096) also when every other byte needs escaping
	if len(e.Detail) > most {
		e.Detail = e.Detail[:most]
	}
	e.Time, e.Node = time.Now(), r.node
	line, err := json.Marshal(e)
	if err != nil {
		fmt.Fprintln(os.Stderr, "encoding event:", err)
		return
	}
	fmt.Fprintf(os.Stderr, "%s\n", line)
	// Nobody may be listening any more: the runner has left the cluster running.
	_, _ = r.out.Write(append(line, '\n'))
}
