package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/suites"
	"github.com/ambient-conformance/ambient-conformance/suites/all"
)

func newListCommand() *cobra.Command {
	var o options
	var claims bool
	command := &cobra.Command{
		Use:   "list",
		Short: "List the checks, or with --claims the sentences of the documentation that they examine",
		RunE: func(cmd *cobra.Command, _ []string) error {
			names, err := all.Catalogue().Select(o.selection())
			if err != nil {
				return usageError{err}
			}
			if claims {
				return listClaims(cmd.OutOrStdout(), all.Catalogue(), o.output)
			}
			return listChecks(cmd.OutOrStdout(), all.Catalogue(), names, o.output)
		},
	}
	o.bindSelection(command.Flags())
	command.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	command.Flags().BoolVar(&claims, "claims", false, "list claims with the checks that bear on them")
	return command
}

// listed is one check for -o json.
type listed struct {
	Name    string   `json:"name"`
	Area    string   `json:"area"`
	Level   string   `json:"level"`
	Summary string   `json:"summary"`
	Spec    string   `json:"spec"`
	Claims  []string `json:"claims"`
	Needs   []string `json:"needs,omitempty"`
	Breaks  []string `json:"breaks"`
}

func listChecks(out io.Writer, catalogue suites.Catalogue, names []string, format string) error {
	var checks []listed
	catalogue.Each(func(area suites.Area, check suites.Check) {
		if !slices.Contains(names, check.Name) {
			return
		}
		entry := listed{Name: check.Name, Area: area.Name, Level: string(check.Level), Summary: check.Summary, Spec: check.Spec, Claims: check.Claims}
		for _, need := range check.Needs {
			entry.Needs = append(entry.Needs, string(need))
		}
		for _, sabotage := range check.Breaks {
			entry.Breaks = append(entry.Breaks, sabotage.Name)
		}
		checks = append(checks, entry)
	})
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(checks)
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, check := range checks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", check.Area, check.Name, check.Level, check.Summary)
	}
	return table.Flush()
}

// listedClaim is one claim for -o json.
type listedClaim struct {
	ID         string   `json:"id"`
	Sentence   string   `json:"sentence"`
	Superseded string   `json:"superseded,omitempty"` // the version since which the sentence no longer holds
	Elsewhere  string   `json:"elsewhere,omitempty"`  // why no check bears on it here
	Checks     []string `json:"checks"`
}

func claimsOf(catalogue suites.Catalogue) []listedClaim {
	var claims []listedClaim
	for _, claim := range suites.Claims() {
		entry := listedClaim{ID: claim.ID, Sentence: claim.Sentence, Superseded: claim.Superseded, Checks: []string{}}
		catalogue.Each(func(_ suites.Area, check suites.Check) {
			if slices.Contains(check.Claims, claim.ID) {
				entry.Checks = append(entry.Checks, check.Name)
			}
		})
		if len(entry.Checks) == 0 {
			entry.Elsewhere = claim.Elsewhere
		}
		claims = append(claims, entry)
	}
	return claims
}

// listClaims shows each sentence with the checks that examine it, or why none does.
func listClaims(out io.Writer, catalogue suites.Catalogue, format string) error {
	claims := claimsOf(catalogue)
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(claims)
	}
	for _, claim := range claims {
		fmt.Fprintf(out, "%s: %s\n", claim.ID, claim.Sentence)
		if claim.Superseded != "" {
			fmt.Fprintf(out, "    superseded since %s\n", claim.Superseded)
		}
		if claim.Elsewhere != "" {
			fmt.Fprintf(out, "    not exercised: %s\n", claim.Elsewhere)
		}
		for _, check := range claim.Checks {
			fmt.Fprintf(out, "    %s\n", check)
		}
	}
	return nil
}
