package probes

import (
	"context"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// SteadyProbesNeverFail watches a quiet pod for eight seconds. Single failures hide behind a failureThreshold, so it
// reads events.
var SteadyProbesNeverFail = suites.Check{
	Name:    "SteadyProbesNeverFail",
	Summary: "In eight seconds no probe of a healthy captured pod fails, and none stays away for long",
	Spec:    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
	Claims:  []string{"probes.health"},
	Level:   suites.Extended,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		since := time.Now()
		ports := map[string]int{"http": fixtures.HTTPPort, "tcp": fixtures.TCPPort}
		before := map[string]int{}
		for name, port := range ports {
			before[name] = len(arrivals(ctx, m, name, port))
		}
		m.Consistently(unhealthy).WithContext(ctx).WithTimeout(8*time.Second).WithPolling(time.Second).WithArguments(m, since).
			Should(BeEmpty(), "events of failed probes")
		for name, port := range ports {
			seen := arrivals(ctx, m, name, port)[before[name]:]
			m.Expect(len(seen)).To(BeNumerically(">=", 3), "probes of %s", name)
			gap := longestGap(seen)
			m.Measure("longest gap between probes, "+name, gap.Seconds(), "s")
			m.Expect(gap).To(BeNumerically("<", probeGap), "time without a probe that reached %s", name)
		}
	},
	Breaks: []suites.Break{
		{Name: "packets-lost", Do: func(ctx context.Context, m *fixtures.Mesh) {
			m.Sabotage(ctx, probe.Sabotage{Drop: &probe.Drop{Port: fixtures.TCPPort}}, "tcp")
		}},
		{Name: "probed-rarely", Old: "periodSeconds: 1", New: "periodSeconds: 6"},
	},
}

// probeGap is five periods: a kubelet on a busy node is late, but does not leave out four probes.
const probeGap = 5 * time.Second

// arrivals are the times of all connections to a port of a pod, by the pod's clock. Nobody but the kubelet makes any.
func arrivals(ctx context.Context, m *fixtures.Mesh, name string, port int) []time.Time {
	contacts, err := m.Workload(name).Contacts(ctx)
	m.Observed(err)
	var times []time.Time
	for _, contact := range contacts {
		if contact.Port == port {
			times = append(times, contact.At)
		}
	}
	return times
}

// longestGap is the longest time between two of the connections.
func longestGap(times []time.Time) (longest time.Duration) {
	for i := range times[1:] {
		longest = max(longest, times[i+1].Sub(times[i]))
	}
	return longest
}

// unhealthy lists what the kubelet complained of since a moment. A probe that failed while the pod started is not news.
func unhealthy(ctx context.Context, m *fixtures.Mesh, since time.Time) ([]string, error) {
	options := metav1.ListOptions{FieldSelector: "reason=Unhealthy"}
	events, err := m.Kube.Clientset.CoreV1().Events(m.Scene).List(ctx, options)
	if err != nil {
		return nil, err
	}
	var complaints []string
	for _, event := range events.Items {
		if event.LastTimestamp.After(since) {
			complaints = append(complaints, event.InvolvedObject.Name+": "+event.Message)
		}
	}
	return complaints, nil
}
