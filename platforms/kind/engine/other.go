//go:build !linux

// Package engine runs a command beside a Docker engine of its own, on Linux.
package engine

import (
	"context"
	"errors"
)

// Options say what to run and where.
type Options struct {
	Bin, Home     string
	Command, Init []string
}

func errLinux() error {
	return errors.New("an engine of our own needs Linux: install Docker Desktop or another Docker engine")
}

// Run is an error on this system.
func Run(context.Context, Options) error { return errLinux() }

// RunInit is an error on this system.
func RunInit(context.Context, string) error { return errLinux() }
