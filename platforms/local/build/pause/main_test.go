package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

func TestPauseCollectsChildrenAndStaysUntilToldToStop(t *testing.T) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	// Not os/exec: that would wait for its child itself.
	child, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", "exit 3"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-ended

	signals := make(chan os.Signal)
	stopped := make(chan struct{})
	go func() {
		hold(signals)
		close(stopped)
	}()
	signals <- syscall.SIGCHLD
	signals <- syscall.SIGCHLD // taken only if it did not stop after the first
	signals <- syscall.SIGTERM
	<-stopped
	if _, err := syscall.Wait4(child, nil, syscall.WNOHANG, nil); err != syscall.ECHILD {
		t.Errorf("want the child to be collected, waiting for it gives: %v", err)
	}
}
