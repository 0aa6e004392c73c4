package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/fixtures/mesh"
	"github.com/ambient-conformance/ambient-conformance/platforms/attach"
	"github.com/ambient-conformance/ambient-conformance/platforms/cni"
)

// cell is one job of a night: a platform, a primary CNI and a version of Istio.
type cell struct {
	Platform string `json:"platform"`
	CNI      string `json:"cni"`
	Istio    string `json:"istio"`
	// Nodes is how many the platform can have, two where it can.
	Nodes int `json:"nodes"`
	// Kubeconfig names the secret with the kubeconfig of a cluster that exists; empty where the job makes its own.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	Name       string `json:"name"` // of the job and of its report's folder
}

func newMatrixCommand() *cobra.Command {
	var platforms, cnis, versions []string
	var attached bool
	command := &cobra.Command{
		Use:   "matrix",
		Short: "Print the jobs of a nightly CI matrix, platform by CNI by Istio version, as JSON for GitHub Actions",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cells, err := matrixOf(platforms, cnis, versions, attached)
			if err != nil {
				return usageError{err}
			}
			return printMatrix(cmd.OutOrStdout(), cells)
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&platforms, "platform", nil, "platforms (default: every one that a job can make itself)")
	flags.StringSliceVar(&cnis, "cni", knownCNIs, "primary CNI variants")
	flags.StringSliceVar(&versions, "istio-version", []string{mesh.DefaultTag}, "released Istio versions")
	flags.BoolVar(&attached, "attached", false, "jobs for clusters that exist as well; each needs the secret KUBECONFIG_<PLATFORM>")
	return command
}

// matrixOf multiplies. What is not known is refused here rather than in the middle of a night.
func matrixOf(platforms, cnis, versions []string, attached bool) ([]cell, error) {
	if len(platforms) == 0 {
		platforms = nightly(attached)
	}
	var cells []cell
	for _, platform := range platforms {
		b, err := backendNamed(platform)
		if err != nil {
			return nil, err
		}
		for _, variant := range cnis {
			if !slices.Contains(knownCNIs, variant) {
				return nil, fmt.Errorf("unknown CNI variant %q: choose one of %s", variant, strings.Join(knownCNIs, ", "))
			}
			if b.attached && variant != cni.Default {
				continue // its network plugin is not exchanged
			}
			for _, version := range versions {
				cells = append(cells, b.cell(variant, version))
			}
		}
	}
	return cells, nil
}

// nightly are the platforms of a night: not generic, which is whatever somebody points it to.
func nightly(attached bool) (names []string) {
	for _, b := range backends() {
		if b.name != attach.Generic && (attached || !b.attached) {
			names = append(names, b.name)
		}
	}
	return names
}

func (b backend) cell(cni, version string) cell {
	c := cell{Platform: b.name, CNI: cni, Istio: version, Nodes: 2, Name: strings.Join([]string{b.name, cni, version}, "-")}
	if b.nodes > 0 {
		c.Nodes = min(c.Nodes, b.nodes)
	}
	if b.attached {
		c.Kubeconfig = "KUBECONFIG_" + strings.ToUpper(b.name)
	}
	return c
}

// printMatrix writes one line, as $GITHUB_OUTPUT wants it.
func printMatrix(out io.Writer, cells []cell) error {
	text, err := json.Marshal(map[string]any{"include": cells})
	if err != nil {
		return fmt.Errorf("encoding the matrix: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}
