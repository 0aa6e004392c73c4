package suites

import "fmt"

// Feature is something a check needs from where it runs.
type Feature string

const (
	TwoNodes Feature = "two nodes"           // something must cross a network
	Accounts Feature = "Istio 1.25 or later" // policies can name service accounts
	Install  Feature = "the mesh's install"  // the run itself installs the mesh, so that it can look before and after
	Cilium   Feature = "Cilium"              // the nodes' network is Cilium's, with its policies
	// Containerd can be asked for its configuration; other runtimes cannot, by this tool.
	Containerd Feature = "containerd on every node, to ask it where it looks for CNI"

	// Borrowed is no need of a check: the mesh is somebody else's, and not to be disturbed.
	Borrowed Feature = "a mesh of its own"
)

// AccountsSince is the release in which AuthorizationPolicy was given its field serviceAccounts; see CVE-2026-39350 for the
// versions that have it. What older definitions do not know they drop without a word.
const AccountsSince = "1.25"

// Site is what a run has to offer.
type Site map[Feature]bool

// Missing is the one gate: it says why a check does not run at a site, or "" when it does. The plan, the list, Ginkgo
// and the report all ask here.
func (s Site) Missing(c Check) string {
	for _, need := range c.Needs {
		if !s[need] {
			return fmt.Sprintf("needs %s", need)
		}
	}
	if c.Alone && s[Borrowed] {
		return "disturbs more than its own namespaces, and the mesh is somebody else's: --allow-disruption runs it"
	}
	return ""
}
