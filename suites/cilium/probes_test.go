package cilium

import "testing"

func TestLinkName(t *testing.T) {
	const printed = "1: lo: <LOOPBACK,UP> mtu 65536\\    link/loopback\n2: eth0@if5: <BROADCAST> mtu 1500\n14: lxc_health@if13: <UP>\n"
	for index, want := range map[int]string{1: "lo", 2: "eth0", 14: "lxc_health", 4: "interface 4"} {
		if got := linkName(printed, index); got != want {
			t.Errorf("interface %d is %q, want %q", index, got, want)
		}
	}
}

func TestPrediction(t *testing.T) {
	before, after := predicted(false), predicted(true)
	for pair, want := range map[string][2]bool{ // before and after enrolment
		"web to 8080": {true, false}, "web to 9090": {false, false},
		"batch to 8080": {true, true}, "batch to 9090": {true, true},
		"stranger to 8080": {false, false}, "stranger to 9090": {false, false},
	} {
		if got := [2]bool{before[pair], after[pair]}; got != want {
			t.Errorf("%s is predicted %v, want %v", pair, got, want)
		}
	}
}
