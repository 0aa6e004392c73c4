//go:build !linux

package build

import "syscall"

// ownGroup starts a command as the leader of a process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
