// Package reports holds the report of one run and turns it into files: JSON, JUnit, HTML and Markdown. It knows nothing
// of clusters. Equal reports give equal bytes.
package reports

import "time"

// APIVersion and Kind mark a report file. A field is only ever added within a version; see SCHEMA.md.
const (
	APIVersion = "conformance.ambient/v1"
	Kind       = "AmbientConformanceReport"
)

// Report is everything a run found out. Every other format is made from it, and from it only.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	// SelfTest is true when a stand-in took ztunnel's place: such a run tests the harness and qualifies nothing.
	SelfTest bool    `json:"selfTest"`
	Verdict  Verdict `json:"verdict"`
	Reason   string  `json:"reason"` // one sentence for the verdict

	Started  time.Time `json:"started"`  // UTC
	Finished time.Time `json:"finished"` // UTC

	Subject Subject `json:"subject"`
	Plan    Plan    `json:"plan"`
	Rows    []Row   `json:"rows"`
	Claims  []Claim `json:"claims"`
	Proof   []Kill  `json:"proof,omitempty"` // filled by `runner prove`

	// Expected is how a mesh on this network is documented to fail; absent where it is to be conformant.
	Expected *Expected `json:"expected,omitempty"`
}

// Expected is what must be red on a subject that the documentation warns of. Another red row is a surprise, and so is a
// green one in the place of a red, or a red one for another cause.
type Expected struct {
	Causes    map[string]string `json:"causes"` // name of a check or step → ID of the cause that its row must name
	Why       string            `json:"why"`
	Spec      string            `json:"spec"`
	Surprises []string          `json:"surprises,omitempty"` // a sentence each; none: the run ended as documented
}

// Verdict answers the question the run was started for.
type Verdict string

const (
	Conformant    Verdict = "conformant"
	NotConformant Verdict = "not conformant"
	Undecided     Verdict = "undecided" // something could not be observed, or nothing decisive ran
)

// Subject is what was examined, as read back from the running system.
type Subject struct {
	Platform     string            `json:"platform"`
	CNI          string            `json:"cni"`
	Cluster      string            `json:"cluster"`
	Kubernetes   string            `json:"kubernetes"` // server version
	Istio        string            `json:"istio"`      // version of charts and control plane
	Dataplane    string            `json:"dataplane"`  // image that ran as ztunnel, and whether it is the double
	Runner       string            `json:"runner"`     // version of this tool
	Kernel       string            `json:"kernel"`
	Architecture string            `json:"architecture"`
	Nodes        []Node            `json:"nodes"`
	Images       map[string]string `json:"images"`   // reference → digest
	Settings     map[string]string `json:"settings"` // effective settings of the mesh and the CNI
}

// Node is one node as the API server describes it.
type Node struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	OSImage  string `json:"osImage"`
	Kernel   string `json:"kernel"`
	Runtime  string `json:"runtime"` // container runtime and version
	Kubelet  string `json:"kubelet"`
	PodCIDR  string `json:"podCIDR"`
	CgroupV2 bool   `json:"cgroupV2"`

	// CNIDirectories are those that its container runtime has in its configuration: "conf", "bin" and "netns". Absent where
	// it could not be asked.
	CNIDirectories map[string]string `json:"cniDirectories,omitempty"`
}

// Plan is what was asked for.
type Plan struct {
	Command []string `json:"command"` // argv, without secrets
	Checks  []string `json:"checks"`  // names in report order; one without a row leaves the verdict open
	Levels  []string `json:"levels,omitempty"`
	Retries int      `json:"retries"`
}

// Result is how a row ended. The five are never folded into one another.
type Result string

const (
	Passed  Result = "passed"
	Failed  Result = "failed"  // an expectation was seen not to hold
	Unknown Result = "unknown" // could not be observed: says nothing about the subject
	Blocked Result = "blocked" // never began, because an earlier step failed
	Skipped Result = "skipped" // not applicable here; Message says why
)

// Unattributed is the CauseID of a row that nothing that was seen explains.
const Unattributed = "unattributed"

// Levels of a check: how much hangs on it. A step has no level.
const (
	LevelCore     = "core"     // decides
	LevelExtended = "extended" // decides, where the platform offers what it needs
	LevelMeasured = "measured" // never decides: its figures are for people
)

// StepArea is the Area of rows that are stages of the run, not checks.
const StepArea = "step"

// Row is one step or one check.
type Row struct {
	Name    string   `json:"name"` // check: CamelCase name; step: "step/create-platform"
	Area    string   `json:"area"` // folder of the check, or "step"
	Level   string   `json:"level,omitempty"`
	Summary string   `json:"summary"`        // the promise examined, one sentence
	Spec    string   `json:"spec,omitempty"` // URL of the documentation that makes it
	Claims  []string `json:"claims,omitempty"`

	Result  Result `json:"result"`
	Message string `json:"message,omitempty"` // what was expected and what was seen
	// Cause is the most specific one that the evidence supports. Its ID names its kind, "unattributed" when nothing that
	// was seen explains the row; its spec is the documentation that helps; its evidence is among the row's.
	Cause         string   `json:"cause,omitempty"`
	CauseID       string   `json:"causeId,omitempty"`
	CauseSpec     string   `json:"causeSpec,omitempty"`
	CauseEvidence []string `json:"causeEvidence,omitempty"`

	Steps    []Step     `json:"steps,omitempty"` // what the check did, in order
	Evidence []Evidence `json:"evidence,omitempty"`

	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"durationNs"`
	Attempts []Attempt     `json:"attempts,omitempty"` // earlier attempts, when it was retried
	Figures  []Figure      `json:"figures,omitempty"`
}

// Step is one thing a check did, with the offset from the row's start at which it began.
type Step struct {
	Text string        `json:"text"`
	At   time.Duration `json:"atNs"`
}

// Evidence is something seen: a short text, or a file below artifacts/.
type Evidence struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
	File string `json:"file,omitempty"` // slash-separated, relative to the report
}

// Attempt is an earlier try of a row that was retried.
type Attempt struct {
	Result   Result        `json:"result"`
	Message  string        `json:"message,omitempty"`
	Duration time.Duration `json:"durationNs"`
}

// Figure is a measurement; it never decides a result.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Claim is one sentence of the documentation and what the rows say of it.
type Claim struct {
	ID       string   `json:"id"`
	Sentence string   `json:"sentence"` // the claim in our words
	Standing Standing `json:"standing"`
	Reason   string   `json:"reason,omitempty"`
	Rows     []string `json:"rows,omitempty"` // rows that bear on it
}

// Standing is where a claim stands after a run.
type Standing string

const (
	Confirmed    Standing = "confirmed"
	Contradicted Standing = "contradicted"
	Superseded   Standing = "superseded"
	NotExercised Standing = "not exercised"
)

// Kill is one proof run: a check run against a deliberately broken condition, which it must notice.
type Kill struct {
	Check   string        `json:"check"`
	Break   string        `json:"break"`            // what was broken
	Fault   string        `json:"fault,omitempty"`  // fault of the double, when that was the break
	Killed  bool          `json:"killed"`           // the check went red, and for the cause that the break provokes
	Cause   string        `json:"cause,omitempty"`  // ID of the cause that the red row named
	Wanted  string        `json:"wanted,omitempty"` // ID of the cause that the break provokes, where it declares one
	Result  Result        `json:"result"`
	Message string        `json:"message,omitempty"`
	Took    time.Duration `json:"durationNs"`
}
