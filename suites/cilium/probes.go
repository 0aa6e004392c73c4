package cilium

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
)

// denied are the pods of a check that a default-deny policy selects: one by a policy of Kubernetes, one by one of Cilium's.
var denied = []string{"selected", "selected-by-cilium"}

// goNotReady waits until policies have kept the kubelet from pods, and measures how long that took.
func goNotReady(ctx context.Context, m *fixtures.Mesh, what string, names ...string) {
	m.By("waiting for the kubelet to find %v not ready", names)
	began := time.Now()
	m.Expect(m.Await(ctx, fixtures.NotReady, names...)).To(Succeed())
	m.Measure("from "+what+" to not ready", time.Since(began).Seconds(), "s")
}

// goReady is the way back.
func goReady(ctx context.Context, m *fixtures.Mesh, what string, names ...string) {
	m.By("waiting for the kubelet to find %v ready", names)
	began := time.Now()
	m.Expect(m.Await(ctx, fixtures.Ready, names...)).To(Succeed())
	m.Measure("from "+what+" to ready", time.Since(began).Seconds(), "s")
}

// staysReady sees pods stay ready for longer than their probes forgive.
func staysReady(ctx context.Context, m *fixtures.Mesh, names ...string) {
	m.Consistently(func(ctx context.Context) []string {
		var ailing []string
		for _, name := range names {
			if missing := fixtures.Ready(m.Pod(ctx, m.Workload(name))); missing != "" {
				ailing = append(ailing, name+": "+missing)
			}
		}
		return ailing
	}).WithContext(ctx).WithTimeout(4 * time.Second).Should(BeEmpty())
}

// wayOf says on which interfaces of the nodes packets from one address to another passed, and how many. What the host's
// connection tracking is to see must be received by the host; what leaves by its uplink never comes back.
func wayOf(ctx context.Context, m *fixtures.Mesh, traffic fixtures.Traffic, from, to string) string {
	links, err := m.OnEachCilium(ctx, "ip", "-o", "link")
	m.Observed(err)
	var lines []string
	for passage, packets := range traffic.Passages(from, to) {
		direction := "in by"
		if passage.Out {
			direction = "out by"
		}
		lines = append(lines, fmt.Sprintf("%s: %d packets %s %s", passage.Node, packets, direction, linkName(links[passage.Node], passage.Interface)))
	}
	slices.Sort(lines)
	if len(lines) == 0 {
		return "no packet from " + from + " to " + to
	}
	return strings.Join(lines, "\n")
}

// linkName finds the name of an interface in what `ip -o link` prints: "7: lxc12@if6: <BROADCAST,…".
func linkName(printed string, index int) string {
	for line := range strings.Lines(printed) {
		number, rest, _ := strings.Cut(line, ": ")
		if number != strconv.Itoa(index) {
			continue
		}
		name, _, _ := strings.Cut(rest, ": ")
		name, _, _ = strings.Cut(name, "@")
		return name
	}
	return fmt.Sprintf("interface %d", index)
}
