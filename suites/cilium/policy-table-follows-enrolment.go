package cilium

import (
	"context"
	"fmt"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// PolicyTableFollowsEnrolment asks who reaches which port of a server before and after all of them are enrolled.
var PolicyTableFollowsEnrolment = suites.Check{
	Name:    "PolicyTableFollowsEnrolment",
	Summary: "Enrolment changes what a NetworkPolicy admits exactly as predicted: by peer as before, by port no longer",
	Spec:    networkPolicy,
	Claims:  []string{"app.unmodified", "app.enrol-namespace"},
	Level:   suites.Core,
	Needs:   needsCilium,
	Once:    true, // it enrols its namespace
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		before, after := predicted(false), predicted(true)
		m.Eventually(table).WithContext(ctx).WithArguments(m, before).Should(Equal(before), "before enrolment")
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, append(slices.Clone(peers), "server")...)).To(Succeed())
		m.Eventually(table).WithContext(ctx).WithArguments(m, after).Should(Equal(after), "after enrolment")
		m.Consistently(table).WithContext(ctx).WithArguments(m, after).Should(Equal(after))
	},
	Breaks: []suites.Break{
		{Name: "policy-admits-hbone", Old: "port: 8080", New: "port: 15008"},
		{Name: "policy-admits-strangers", Old: "matchLabels: {app: batch}", New: "matchLabels: {}"},
	},
}

// peers are who asks, at which ports, and how.
var (
	peers = []string{"web", "batch", "stranger"}
	ports = []int{fixtures.HTTPPort, fixtures.TCPPort}
	kinds = map[int]probe.Kind{fixtures.HTTPPort: probe.HTTP, fixtures.TCPPort: probe.TCP}
)

// cell names a place in a table.
func cell(peer string, port int) string { return fmt.Sprintf("%s to %d", peer, port) }

// admitted is what the manifest's policy lets through: web to one port, batch to any. 0 stands for every port.
var admitted = map[string]int{"web": fixtures.HTTPPort, "batch": 0}

// predicted is who is served at which port. Between captured pods the policy is asked about HBONE's port, whichever the
// client wanted.
func predicted(enrolled bool) map[string]bool {
	served := map[string]bool{}
	for _, peer := range peers {
		for _, port := range ports {
			asked := port
			if enrolled {
				asked = hbonePort
			}
			only, known := admitted[peer]
			served[cell(peer, port)] = known && (only == 0 || only == asked)
		}
	}
	return served
}

const hbonePort = 15008

// table is who is served at which port. An answer that is predicted is waited for; one that is dropped never comes.
func table(ctx context.Context, m *fixtures.Mesh, predicted map[string]bool) (map[string]bool, error) {
	server := m.Workload("server")
	served := map[string]bool{}
	for _, peer := range peers {
		var requests []probe.Probe
		for _, port := range ports {
			request := probe.To(kinds[port], server.IP, port)
			if predicted[cell(peer, port)] {
				request.Timeout = probe.PatientTimeout
			}
			requests = append(requests, request)
		}
		outcomes, err := m.Workload(peer).ProbeAll(ctx, requests...)
		if err != nil {
			return nil, err
		}
		for i, port := range ports {
			served[cell(peer, port)] = outcomes[i].Verdict == probe.Served
		}
	}
	return served, nil
}
