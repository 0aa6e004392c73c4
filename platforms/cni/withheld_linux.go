package cni

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Withheld are the capabilities that no container on this machine can have, among those that Cilium's chart asks for.
func Withheld() []string {
	var lacking []string
	for name, number := range map[string]uintptr{"SYS_RESOURCE": unix.CAP_SYS_RESOURCE, "SYS_MODULE": unix.CAP_SYS_MODULE} {
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, number, 0, 0, 0); err == nil && has == 0 {
			lacking = append(lacking, name)
		}
	}
	slices.Sort(lacking)
	return lacking
}
