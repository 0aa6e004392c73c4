package reports

const (
	peerAuthentication = "https://istio.io/latest/docs/reference/config/security/peer_authentication/"
	prerequisites      = "https://istio.io/latest/docs/ambient/install/platform-prerequisites/"
)

func exampleChecks() []Row {
	return []Row{
		{Name: "EnrolNamespace", Area: "enrolment", Level: LevelCore, Result: Passed, Claims: []string{"app.unmodified"},
			Summary: "Labelling a namespace captures its workloads without touching their pods", Started: at(42700), Duration: ms(1830),
			Steps: []Step{{"labelling the namespace", 0}, {"waiting for the annotation on 2 pods", ms(80)}, {"same pod UIDs as before", ms(1790)}}},
		revertRow(),
		{Name: "MutualTLSAcrossNodes", Area: "mtls", Level: LevelCore, Result: Passed, Claims: []string{"overlay.mtls"},
			Summary: "Between nodes nothing but HBONE is on the wire, and both ends agree on who they are", Spec: peerAuthentication,
			Started: at(42800), Duration: ms(3120), Evidence: []Evidence{
				{Name: "packets, node 1", File: "artifacts/MutualTLSAcrossNodes/node-1.pcap"},
				{Name: "leaf certificate", Text: "URI: spiffe://cluster.local/ns/mtls/sa/server\nissuer: O=cluster.local"}}},
		strictRow(),
		bannerRow(),
		{Name: "MySQLHandshake", Area: "serverfirst", Level: LevelExtended, Result: Passed, Claims: []string{"app.server-first"},
			Summary: "A MySQL client completes its handshake and a ping", Started: at(51400), Duration: ms(940)},
		deadAppRow(),
		{Name: "ProbesOverIPv6", Area: "probes", Level: LevelExtended, Result: Skipped, Claims: []string{"probes.health"},
			Summary: "kubelet probes pass on the IPv6 address of a captured pod", Message: "the cluster has no IPv6 pod addresses"},
		denyRow(),
		{Name: "ExistingConnectionClosed", Area: "authz", Level: LevelCore, Result: Blocked, Claims: []string{"overlay.l4-authz"},
			Summary: "A policy that forbids a connection ends those that are already open",
			Cause:   "step DenyOverAllow left its namespace terminating", Message: "the namespace authz was not free after 30 s"},
		{Name: "UID1337DoesNotEscape", Area: "bypass", Level: LevelCore, Result: Passed,
			Summary: "A process with the sidecar's user id is captured like any other", Started: at(60100), Duration: ms(1210)},
		{Name: "CostOfZtunnel", Area: "cost", Level: LevelMeasured, Result: Passed, Claims: []string{"cost.ten-percent"},
			Summary: "CPU and memory of ztunnel for the traffic of one node", Started: at(61900), Duration: ms(9800),
			Figures: []Figure{{"CPU per 1000 requests/s", 0.0614, "cores"}, {"resident memory", 12.4, "MiB"},
				{"requests", 41234, ""}, {"latency added, p99", 0.38251, "ms"}}},
	}
}

func revertRow() Row {
	return Row{Name: "RevertLeavesNoResidue", Area: "enrolment", Level: LevelCore, Result: Passed,
		Claims: []string{"deploy.revertible"}, Summary: "Taking the label away leaves no rule, set entry or listener behind",
		Started: at(44700), Duration: ms(2260), Attempts: []Attempt{{Failed,
			"expected: no listener on 15008\n    seen: 15008 still open 5 s after the label went", ms(6410)}}}
}

func strictRow() Row {
	return Row{Name: "StrictRefusesPlaintext", Area: "mtls", Level: LevelCore, Result: Failed, Claims: []string{"overlay.mtls"},
		Summary: "STRICT refuses plaintext and still serves clients inside the mesh", Spec: peerAuthentication,
		Cause:   "replies to 169.254.7.127 left by BPF host routing, so the pod was never redirected",
		Message: "an uncaptured client was served under STRICT\nexpected: reset or close before an answer\n    seen: served by mtls/server-5b7 (which saw 10.42.1.17:41830) in 1.2ms\n\ttoken: eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl",
		Steps: []Step{{"applying PeerAuthentication STRICT", 0}, {"serving a client inside the mesh", ms(412)},
			{"refusing plaintext from outside the mesh", ms(655)}},
		Evidence: []Evidence{
			{Name: "packets, node 1", File: "artifacts/StrictRefusesPlaintext/node-1.pcap"},
			{Name: "ztunnel log", File: "artifacts/StrictRefusesPlaintext/ztunnel k3d-agent?0.log"},
			{Name: "outcome", Text: "tcp 10.42.0.9:8080: served by mtls/server-5b7"}},
		Attempts: []Attempt{{Failed, "served under STRICT", ms(2210)}},
		Started:  at(46100), Duration: ms(2140)}
}

func bannerRow() Row {
	return Row{Name: "BannerReachesClient", Area: "serverfirst", Level: LevelCore, Result: Failed, Claims: []string{"app.server-first"},
		Summary: "A client that waits for the server's greeting gets it, captured or not",
		Message: "expected: \"220 ready\" within 2 s\n    seen: timeout at read after 2s; bytes so far: \x16\x03\x01\xff</pre><script>document.title='broken out'</script> a|b `c` ]]>",
		Steps:   []Step{{"dialling captured to captured", 0}, {"dialling uncaptured to captured", ms(31)}},
		Started: at(48300), Duration: ms(3010)}
}

func deadAppRow() Row {
	return Row{Name: "DeadAppBecomesNotReady", Area: "probes", Level: LevelCore, Result: Unknown, Claims: []string{"probes.health"},
		Summary: "A workload whose health check fails becomes NotReady under STRICT", Spec: prerequisites,
		Message: "reading events of pod probes/http-0: the watch ended: connection lost\nlast seen: Ready=True, 11 s before",
		Steps:   []Step{{"switching health off", 0}, {"waiting for Ready=False", ms(45)}},
		Started: at(52600), Duration: ms(11045)}
}

func denyRow() Row {
	return Row{Name: "DenyOverAllow", Area: "authz", Level: LevelCore, Result: Passed, Claims: []string{"overlay.l4-authz"},
		Summary: "Where ALLOW and DENY both match, DENY wins", Started: at(55000), Duration: ms(1480),
		Spec: "https://istio.io/latest/docs/reference/config/security/authorization-policy/"}
}
