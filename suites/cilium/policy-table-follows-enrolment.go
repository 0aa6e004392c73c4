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
		m.Eventually(table).WithContext(ctx).WithArguments(m).Should(Equal(predicted(false)), "before enrolment")
		m.LabelNamespace(ctx, fixtures.DataplaneLabel, "ambient")
		m.Expect(m.AwaitCaptured(ctx, append(slices.Clone(peers), "server")...)).To(Succeed())
		m.Eventually(table).WithContext(ctx).WithArguments(m).Should(Equal(predicted(true)), "after enrolment")
		m.Consistently(table).WithContext(ctx).WithArguments(m).Should(Equal(predicted(true)))
	},
	Breaks: []suites.Break{
		{Name: "policy-admits-hbone", Old: "port: 8080", New: "port: 15008"},
		{Name: "policy-admits-strangers", Old: "matchLabels: {app: batch}", New: "matchLabels: {}"},
	},
}

// peers are who asks.
var peers = []string{"web", "batch", "stranger"}

// admitted is what the manifest's policy lets through: web to one port, batch to any. 0 stands for every port.
var admitted = map[string]int{"web": fixtures.HTTPPort, "batch": 0}

// predicted is who is served at which port. Between captured pods the policy is asked about HBONE's port, whichever the
// client wanted.
func predicted(enrolled bool) map[string]bool {
	served := map[string]bool{}
	for _, peer := range peers {
		for _, port := range []int{fixtures.HTTPPort, fixtures.TCPPort} {
			asked := port
			if enrolled {
				asked = hbonePort
			}
			only, known := admitted[peer]
			served[fmt.Sprintf("%s to %d", peer, port)] = known && (only == 0 || only == asked)
		}
	}
	return served
}

const hbonePort = 15008

// table is who is served at which port.
func table(ctx context.Context, m *fixtures.Mesh) (map[string]bool, error) {
	server := m.Workload("server")
	served := map[string]bool{}
	for _, peer := range peers {
		requests := []probe.Probe{probe.To(probe.HTTP, server.IP, fixtures.HTTPPort), probe.To(probe.TCP, server.IP, fixtures.TCPPort)}
		outcomes, err := m.Workload(peer).ProbeAll(ctx, requests...)
		if err != nil {
			return nil, err
		}
		for i, port := range []int{fixtures.HTTPPort, fixtures.TCPPort} {
			served[fmt.Sprintf("%s to %d", peer, port)] = outcomes[i].Verdict == probe.Served
		}
	}
	return served, nil
}
