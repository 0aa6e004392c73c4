package build

import "syscall"

// ownGroup starts a command as the leader of a process group, which the kernel ends when the thread that started it does.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
