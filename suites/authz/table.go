package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	api "istio.io/api/security/v1beta1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites/authz/model"
)

// table is the workloads of a truth table, as they run and as the model knows them.
type table struct {
	m       *fixtures.Mesh
	running []*fixtures.Workload
	known   []model.Workload
	pairs   int // observed so far
}

func newTable(ctx context.Context, m *fixtures.Mesh) *table {
	t := &table{m: m}
	for _, w := range m.Workloads() {
		ip, err := netip.ParseAddr(w.IP)
		m.Observed(err)
		labels := m.Pod(ctx, w).Labels
		t.running = append(t.running, w)
		t.known = append(t.known, model.Workload{
			Namespace: w.Namespace, Name: w.Name, Account: w.ServiceAccount, IP: ip, Labels: labels,
			Captured: labels[fixtures.DataplaneLabel] != "none",
		})
	}
	return t
}

// portsOf spares the second port where no policy tells ports apart.
func portsOf(policies []*unstructured.Unstructured) []int {
	for _, policy := range policies {
		if text := strings.ToLower(fmt.Sprint(policy.Object["spec"])); strings.Contains(text, "port") {
			return []int{fixtures.TCPPort, fixtures.HTTPPort}
		}
	}
	return []int{fixtures.TCPPort}
}

// matrix says of each client, in its row, and each server and port, in its column, whether it is served; and, where it
// was observed, how.
type matrix struct {
	ports    []int
	names    []string
	allowed  [][]bool
	outcomes [][]probe.Outcome
}

func (t *table) predict(policies []*unstructured.Unstructured, ports []int) matrix {
	var read []model.Policy
	for _, policy := range policies {
		spec := &api.AuthorizationPolicy{}
		text, err := json.Marshal(policy.Object["spec"])
		t.m.Observed(err)
		t.m.Observed(spec.UnmarshalJSON(text))
		read = append(read, model.Policy{Namespace: policy.GetNamespace(), Root: policy.GetNamespace() == t.m.RootNamespace, Spec: spec})
	}
	predicted := t.blank(ports)
	for i, client := range t.known {
		for _, port := range ports {
			for _, server := range t.known {
				predicted.allowed[i] = append(predicted.allowed[i], model.Allowed(read, client, server, port))
			}
		}
	}
	return predicted
}

func (t *table) blank(ports []int) matrix {
	blank := matrix{ports: ports, allowed: make([][]bool, len(t.known))}
	for _, w := range t.known {
		blank.names = append(blank.names, w.Name)
	}
	return blank
}

// observe asks every client for one batch.
func (t *table) observe(ctx context.Context, ports []int) (matrix, error) {
	seen := t.blank(ports)
	seen.outcomes = make([][]probe.Outcome, len(t.known))
	probes := t.probes(ports)
	group, ctx := errgroup.WithContext(ctx)
	for i, client := range t.running {
		group.Go(func() error {
			outcomes, err := client.ProbeAll(ctx, probes...)
			if err != nil {
				return err
			}
			seen.outcomes[i] = outcomes
			for j, outcome := range outcomes {
				served := outcome.Verdict == probe.Served && outcome.Server == t.running[j%len(t.running)].String()
				// ztunnel says no at once: what only got no answer in time tells of a busy machine, and not of policy.
				if !served && (!outcome.Denied() || outcome.Verdict == probe.Timeout) {
					return fmt.Errorf("neither served nor denied: %s from %s: %s", probes[j], client.Name, outcome)
				}
				seen.allowed[i] = append(seen.allowed[i], served)
			}
			return nil
		})
	}
	t.pairs += len(t.running) * len(probes)
	return seen, group.Wait()
}

func (t *table) probes(ports []int) []probe.Probe {
	kinds := map[int]probe.Kind{fixtures.TCPPort: probe.TCP, fixtures.HTTPPort: probe.HTTP}
	var probes []probe.Probe
	for _, port := range ports {
		for _, server := range t.running {
			p := probe.To(kinds[port], server.IP, port)
			p.Timeout = answered
			probes = append(probes, p)
		}
	}
	return probes
}

// answered is long enough for every answer of a crowded machine.
const answered = 8 * time.Second

// differences names the pairs in which two matrices differ, the first few of them.
func (predicted matrix) differences(seen matrix) string {
	var pairs []string
	for i, row := range predicted.allowed {
		for j, allowed := range row {
			if i < len(seen.allowed) && j < len(seen.allowed[i]) && allowed == seen.allowed[i][j] {
				continue
			}
			verdict := "not observed"
			if i < len(seen.outcomes) && j < len(seen.outcomes[i]) {
				verdict = string(seen.outcomes[i][j].Verdict)
			}
			server, port := predicted.names[j%len(predicted.names)], predicted.ports[j/len(predicted.names)]
			pairs = append(pairs, fmt.Sprintf("%s→%s:%d %s", predicted.names[i], server, port, verdict))
		}
	}
	if rest := len(pairs) - shown; rest > 0 {
		pairs = append(pairs[:shown], fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(pairs, ", ")
}

// shown is how many pairs a message names; the tables beside it show all.
const shown = 6

// String is a table with clients down, servers across and a block for each port: a dot is served, an X denied.
func (predicted matrix) String() string {
	var b strings.Builder
	for i, row := range predicted.allowed {
		fmt.Fprintf(&b, "%-8s", predicted.names[i])
		for j, allowed := range row {
			if j > 0 && j%len(predicted.names) == 0 {
				b.WriteString("  ")
			}
			b.WriteString(map[bool]string{true: " .", false: " X"}[allowed])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
