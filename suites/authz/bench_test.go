package authz

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/images"
)

// BenchmarkTruthTable shows how the table's time grows with its workloads: each of the nine comes once, twice and four
// times. It wants a cluster of `runner up` in KUBECONFIG (see `make bench-authz`).
func BenchmarkTruthTable(b *testing.B) {
	lab := enter(b)
	source, err := os.ReadFile(TruthTable.File() + ".yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, copies := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("%d-workloads", 9*copies), func(b *testing.B) {
			for n := range b.N {
				tabulate(b, lab, fmt.Sprintf("bench-%d-%d", copies, n), multiplied(source, copies))
			}
		})
	}
}

// tabulate runs the check once; what it measures are the benchmark's figures.
func tabulate(b *testing.B, lab *fixtures.Lab, scene string, manifest []byte) {
	notes := fixtures.NewNotes(time.Now())
	m, err := lab.Stage(b.Context(), fixtures.StageSpec{
		Name: scene, Manifest: manifest, Notes: notes,
		Fail: func(message string, _ ...int) { b.Fatal(message) },
	})
	defer func() {
		m.Close()
		if err := m.Strike(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	}()
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	TruthTable.Verify(b.Context(), m)
	b.StopTimer()
	units := map[string]string{"pairs": "pairs", "median time until a case held": "ms/case", "whole table": "s/table"}
	for _, figure := range notes.Figures {
		if unit := units[figure.Name]; unit != "" {
			b.ReportMetric(figure.Value, unit)
		}
	}
}

// multiplied gives every pod of a manifest so many copies, alike but for their names.
func multiplied(manifest []byte, copies int) []byte {
	var all [][]byte
	for _, document := range bytes.Split(manifest, []byte("\n---\n")) {
		all = append(all, document)
		if !bytes.Contains(document, []byte("\nkind: Pod\n")) {
			continue
		}
		for n := 2; n <= copies; n++ {
			name := []byte("metadata: {name: ")
			_, rest, _ := bytes.Cut(document, name)
			end := bytes.IndexByte(rest, ',')
			all = append(all, bytes.Replace(document, append(name, rest[:end]...), fmt.Appendf(nil, "%s%s-%d", name, rest[:end], n), 1))
		}
	}
	return bytes.Join(all, []byte("\n---\n"))
}

func enter(b *testing.B) *fixtures.Lab {
	if os.Getenv("KUBECONFIG") == "" {
		b.Skip("KUBECONFIG is not set: make bench-authz makes a cluster")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		b.Fatal(err)
	}
	kube, err := fixtures.Connect(config)
	if err != nil {
		b.Fatal(err)
	}
	image, _, err := images.Agent.Archive(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	lab := &fixtures.Lab{Kube: kube, Run: "bench", Namespace: "bench-nodes", Image: image, CNIConfDir: "/etc/cni/net.d"}
	b.Cleanup(lab.Close)
	if err := lab.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := lab.EnterMesh(b.Context(), "istio-system", "istio-system"); err != nil {
		b.Fatal(err)
	}
	return lab
}
