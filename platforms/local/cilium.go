package local

// cgroupRoot is where a node without a CNI shows its own version 2 cgroup, as Cilium calls it.
const cgroupRoot = "/run/cilium/cgroupv2"

// CiliumValues are values of Cilium's chart that a node of this platform needs.
func CiliumValues() map[string]any {
	return map[string]any{
		// A node shows its own cgroup where Cilium would mount the machine's.
		"cgroup": map[string]any{"autoMount": map[string]any{"enabled": false}, "hostRoot": cgroupRoot},
		// It would ask the machine's systemd to read the settings anew.
		"sysctlfix": map[string]any{"enabled": false},
	}
}
