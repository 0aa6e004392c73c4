package reports

import (
	"time"
)

var start = time.Date(2026, 3, 2, 3, 14, 7, 0, time.UTC)

// at is a moment so many milliseconds after the start.
func at(n int) time.Time { return start.Add(ms(n)) }

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// richReport is a report with everything a report can hold: all five results, a retried row, claims, proof, figures, and texts
// that try to break out of each format.
func richReport() Report {
	rows := append(exampleSteps(), exampleChecks()...)
	return Report{
		Started: start, Finished: at(74200),
		Subject: Subject{
			Platform: "k3d", CNI: "cilium", Cluster: "ambient-3f9a", Kubernetes: "v1.36.2", Istio: "1.31.1",
			Dataplane: "registry.example/ztunnel:1.31.1", Runner: "v0.3.0", Kernel: "6.8.0-60", Architecture: "amd64",
			Nodes: []Node{
				{Name: "k3d-ambient-3f9a-agent-0", Address: "172.19.0.3", OSImage: "K3s v1.36.2+k3s1", Kernel: "6.8.0-60",
					Runtime: "containerd://2.3.1", Kubelet: "v1.36.2+k3s1", PodCIDR: "10.42.1.0/24", CgroupV2: true},
				{Name: "k3d-ambient-3f9a-server-0", Address: "172.19.0.2", OSImage: "K3s v1.36.2+k3s1", Kernel: "6.8.0-60",
					Runtime: "containerd://2.3.1", Kubelet: "v1.36.2+k3s1", PodCIDR: "10.42.0.0/24", CgroupV2: true},
			},
			Images: map[string]string{
				"registry.example/ztunnel:1.31.1":     "sha256:2c9f6b1c51a4f0f1b2a1a7c0fd5d3c3e8a2f7a3a8d1f0f6f6e5f4d3c2b1a0918",
				"registry.example/install-cni:1.31.1": "sha256:7b1de0c8f7f6a5b4c3d2e1f00918273645546372819fa0b1c2d3e4f5a6b7c8d9",
			},
			Settings: map[string]string{
				"cilium: cni.exclusive": "false", "cilium: bpf.masquerade": "false", "istio-cni: cniBinDir": "/bin",
				"istio-cni: cniConfDir": "/var/lib/rancher/k3s/agent/etc/cni/net.d", "istio: global.platform": "k3d",
			},
		},
		Plan: Plan{
			Command: []string{"runner", "--platform", "k3d", "--cni", "cilium", "--retries", "1", "--label-filter", "!slow"},
			Checks:  namesFrom(rows[6:]), Levels: []string{LevelCore, LevelExtended, LevelMeasured}, Retries: 1,
		},
		Rows:   rows,
		Claims: Standings(exampleClaims(), rows),
		Proof:  exampleProof(),
	}
}

// greenReport is a report that fits on a screen: everything passed, with the double in ztunnel's place.
func greenReport() Report {
	r := richReport()
	r.SelfTest, r.Proof = true, nil
	r.Subject.Platform, r.Subject.CNI, r.Subject.Dataplane = "local", "default", "fakeztunnel (the double)"
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Result == Blocked {
			row.Started, row.Duration = at(60000), ms(900)
		}
		if row.Result != Skipped {
			row.Result, row.Cause, row.Message, row.Attempts, row.Evidence = Passed, "", "", nil, nil
		}
	}
	r.Claims = Standings(exampleClaims(), r.Rows)
	return r
}

func namesFrom(rows []Row) []string {
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names
}

func exampleSteps() []Row {
	step := func(name string, from, took int) Row {
		return Row{Name: "step/" + name, Area: StepArea, Result: Passed, Started: at(from), Duration: ms(took)}
	}
	rows := []Row{
		step("preflight", 0, 310), step("create-platform", 310, 13900), step("install-cni", 14210, 9800),
		step("install-ambient", 24010, 11200), step("deploy-fixtures", 35210, 7400), step("delete-platform", 72100, 2080),
	}
	rows[3].Steps = []Step{{"applying chart base", 0}, {"applying chart istiod", ms(1300)}, {"applying chart cni", ms(5100)},
		{"applying chart ztunnel", ms(6900)}, {"daemonset istio-system/ztunnel: 2 of 2 pods ready", ms(11180)}}
	rows[3].Evidence = []Evidence{{Name: "effective values", File: "artifacts/step/install-ambient/values.yaml"}}
	return rows
}

func exampleClaims() []ClaimText {
	return []ClaimText{
		{ID: "scope.single-cluster", Sentence: "ambient runs in a single cluster", Superseded: "1.27, which adds multi-network meshes"},
		{ID: "overlay.mtls", Sentence: "the secure overlay delivers mTLS"},
		{ID: "overlay.l4-authz", Sentence: "the secure overlay delivers L4 authorization"},
		{ID: "app.server-first", Sentence: "protocols in which the server speaks first work"},
		{ID: "app.unmodified", Sentence: "existing deployments work without modification"},
		{ID: "probes.health", Sentence: "kubelet health checks keep working in ambient mode"},
		{ID: "deploy.revertible", Sentence: "joining the mesh is easily reverted"},
		{ID: "cost.ten-percent", Sentence: "as low as 10 % of the cost of sidecars"},
		{ID: "eks.sg-mode", Sentence: "pod security groups need the enforcing mode standard", Elsewhere: "needs EKS"},
	}
}

func exampleProof() []Kill {
	return []Kill{
		{Check: "MutualTLSAcrossNodes", Break: "the dataplane sends plaintext", Fault: "plaintext-on-wire", Killed: true,
			Result: Failed, Message: "the marker was seen on eth0, port 8080", Took: ms(2210)},
		{Check: "StrictRefusesPlaintext", Break: "PeerAuthentication left out", Killed: true, Result: Failed, Took: ms(1930)},
		{Check: "DenyOverAllow", Break: "the dataplane ignores policies", Fault: "policy-ignored", Killed: true, Result: Failed,
			Took: ms(1410)},
		{Check: "RevertLeavesNoResidue", Break: "the annotation is kept", Killed: false, Result: Passed,
			Message: "every assertion still held", Took: ms(3300)},
		{Check: "DeadAppBecomesNotReady", Break: "probes are answered by the dataplane", Fault: "probe-captured", Killed: true,
			Result: Failed, Took: ms(4120)},
	}
}

// proofReport is what `runner prove` leaves: steps and breaks, no checks.
func proofReport() Report {
	r := richReport()
	r.SelfTest, r.Rows = true, r.Rows[:6]
	r.Proof = append(r.Proof, Kill{Check: "EnrolNamespace", Break: "the label is left out", Result: Unknown,
		Message: "the agent did not answer", Took: ms(5020)})
	r.Claims = Standings(exampleClaims(), r.Rows)
	return r
}

// night is a merge of several runs: two of one cell that disagree, a stand-in's, and one that never got to its checks.
func night() []Entry {
	bad, good, test, stopped := richReport(), greenReport(), greenReport(), richReport()
	good.SelfTest = false
	good.Subject.Platform, good.Subject.CNI, good.Subject.Dataplane = "kind", "default", "registry.example/ztunnel:1.31.1"
	again := good
	again.Subject, again.Started, again.Finished = bad.Subject, at(-86400000), at(-86330000)
	stopped.Subject.Istio, stopped.Subject.Platform = "1.30.4", "minikube"
	stopped.Rows[3].Result, stopped.Rows[3].Message = Failed, "daemonset istio-cni-node: 0 of 2 pods ready"
	for i := range stopped.Rows {
		if row := &stopped.Rows[i]; !row.IsStep() {
			*row = Row{Name: row.Name, Area: row.Area, Level: row.Level, Result: Blocked, Cause: "step/install-ambient failed"}
		}
	}
	stopped.Verdict, stopped.Reason = "", ""
	return []Entry{{bad, "k3d-cilium/report.html"}, {good, "kind/report.html"}, {test, "local/report.html"},
		{stopped, "minikube/report.html"}, {again, "k3d-cilium-1/report.html"}, {proofReport(), "proof/report.html"}}
}
