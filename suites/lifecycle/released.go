package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
)

// homes are the addresses with which pods ran, of each family, by the pods' UIDs.
type homes map[string][]string

func homesOf(pods ...*corev1.Pod) homes {
	of := homes{}
	for _, pod := range pods {
		for _, address := range pod.Status.PodIPs {
			of[string(pod.UID)] = append(of[string(pod.UID)], address.IP)
		}
	}
	return of
}

// all are the addresses of all the pods.
func (h homes) all() []string { return slices.Concat(slices.Collect(maps.Values(h))...) }

// among picks from the entries of a probe set, which are UIDs by address, those for an address with which one of the pods ran,
// and those that a pod has for another address. The second kind is what a sandbox leaves that failed after istio-cni had
// captured it: the pod runs in one that came later, and istio-cni knows that one only.
func (h homes) among(entries map[string]string) (known, ofFailed []string) {
	all := h.all()
	for ip, uid := range entries {
		switch home, ours := h[uid]; {
		case ours && !slices.Contains(home, ip):
			ofFailed = append(ofFailed, ip)
		case slices.Contains(all, ip):
			known = append(known, ip)
		}
	}
	slices.Sort(known)
	slices.Sort(ofFailed)
	return known, ofFailed
}

// remains lists where pods that are gone are still known, as knownOf does, but for addresses that another pod has been given since.
func remains(ctx context.Context, m *fixtures.Mesh, gone homes) ([]string, error) {
	current, err := m.Kube.Addresses(ctx)
	if err != nil {
		return nil, err
	}
	return known(ctx, m, gone, current)
}

// knownOf lists where the addresses of pods are in a probe set or among the workloads of a ztunnel.
func knownOf(ctx context.Context, m *fixtures.Mesh, pods homes) ([]string, error) {
	return known(ctx, m, pods, nil)
}

func known(ctx context.Context, m *fixtures.Mesh, pods homes, but map[string]bool) (found []string, err error) {
	for _, node := range m.Nodes() {
		set, err := node.ProbeSet(ctx)
		if err != nil {
			return nil, err
		}
		listed, _ := pods.among(set.Entries)
		for _, ip := range listed {
			if !but[ip] {
				found = append(found, fmt.Sprintf("%s in the probe set of %s", ip, node.Name))
			}
		}
	}
	for _, d := range m.Dataplanes() {
		dump, err := d.Dump(ctx)
		if err != nil {
			return nil, err
		}
		for _, ip := range pods.all() {
			if !but[ip] && dump.SpeaksHBONE(m.Scene, ip) {
				found = append(found, fmt.Sprintf("%s in the workloads of %s", ip, d.Pod))
			}
		}
	}
	return found, nil
}

// leftByFailed lists the entries of probe sets that failed sandboxes of pods have left.
func leftByFailed(ctx context.Context, m *fixtures.Mesh, pods homes) (left []string, err error) {
	for _, node := range m.Nodes() {
		set, err := node.ProbeSet(ctx)
		if err != nil {
			return nil, err
		}
		_, ofFailed := pods.among(set.Entries)
		left = append(left, ofFailed...)
	}
	return left, nil
}
