package main

import (
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/e2e-framework/klient/k8s"
	"sigs.k8s.io/yaml"

	"github.com/ambient-conformance/ambient-conformance/platforms"
)

// print writes the plan for people: a word in the first column, what it is about in the second, and below it, further in,
// texts as they are. names are all checks, in report order.
func (p plan) print(out io.Writer, names []string) {
	line := func(word, format string, args ...any) {
		fmt.Fprintf(out, "%-9s %s\n", word, fmt.Sprintf(format, args...))
	}
	chosen := ""
	if p.Chosen != "" {
		chosen = " (chosen because: " + p.Chosen + ")"
	}
	line("platform", "%s%s, %d nodes, CNI %s", p.Platform, chosen, p.Nodes, p.CNI)
	if p.Layout != "" {
		line("layout", "%s", p.Layout)
	}
	line("cluster", "%s", p.Cluster)
	line("images", "%s: %s", p.Images, p.Origin)
	line("charts", "%s", p.Charts)
	line("report", "%s", p.Report)
	for _, f := range p.Prerequisites {
		line("require", "%s: %s: %s", f.Name, f.Standing, f.Evidence)
	}
	for _, step := range p.Build {
		state := "to be built, usually " + step.Usual + " on two cores"
		if step.Cached {
			state = "in the cache"
		}
		line("build", "%s %s: %s", step.Name, step.Version, state)
	}
	for _, action := range p.Create {
		line("create", "%s", action.Do)
		printAction(out, action)
	}
	p.printNetwork(out, line)
	p.printMesh(out, line)
	if p.Corrects {
		line("correct", "the directories in chart cni, where the nodes' runtime reads others")
	}
	for _, name := range p.Checks {
		if first := p.Follows[name]; first != "" {
			line("check", "%s, on the stage of %s", name, first)
			continue
		}
		line("check", "%s", name)
	}
	for _, name := range names {
		if reason := p.Skipped[name]; reason != "" {
			line("skip", "%s: %s", name, reason)
		}
	}
}

func printAction(out io.Writer, a platforms.Action) {
	if len(a.Command) > 0 {
		fmt.Fprintf(out, "%s$ %s\n", margin, strings.Join(append(append([]string{}, a.Env...), quoted(a.Command)...), " "))
	}
	if a.Input != "" {
		indent(out, a.Input)
	}
	if a.File != "" {
		fmt.Fprintf(out, "%s> %s\n", margin, a.File)
	}
	if a.Content != "" {
		indent(out, a.Content)
	}
}

// printNetwork tells of the CNI variant, which comes before everything else.
func (p plan) printNetwork(out io.Writer, line func(word, format string, args ...any)) {
	n := p.Network
	if n == nil {
		return
	}
	line("install", "chart %s %s as release %s into %s", n.Chart, n.Version, n.Chart, n.Namespace)
	values, err := yaml.Marshal(n.Values)
	if err != nil {
		values = []byte(err.Error())
	}
	indent(out, string(values))
	if len(n.Withheld) > 0 {
		line("correct", "the capabilities in chart %s: no container of this machine can have %s", n.Chart, strings.Join(n.Withheld, ", "))
	}
}

// printMesh tells of what is applied before checks. The manifests of charts are in the plan's JSON only.
func (p plan) printMesh(out io.Writer, line func(word, format string, args ...any)) {
	for _, manifest := range p.Agents {
		line("apply", "for the node agents")
		indent(out, manifest)
	}
	for _, chart := range p.Install {
		line("install", "chart %s %s as release %s into %s", chart.Chart, chart.Version, chart.Release, chart.Namespace)
		values, err := yaml.Marshal(chart.Values)
		if err != nil {
			values = []byte(err.Error())
		}
		indent(out, string(values))
		for _, object := range chart.Objects {
			fmt.Fprintf(out, "%s+ %s\n", margin, object)
		}
	}
}

// margin is as wide as the first column.
const margin = "          "

func indent(out io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(out, "%s  %s\n", margin, strings.TrimRight(line, "\n"))
	}
}

// quoted are arguments as a shell would have to be given them.
func quoted(args []string) (all []string) {
	for _, arg := range args {
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'`$&|;<>(){}*?!#~\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		all = append(all, arg)
	}
	return all
}

// manifestOf is an object as YAML, without what only a cluster fills in.
func manifestOf(object k8s.Object) (string, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return "", fmt.Errorf("encoding %s: %w", object.GetName(), err)
	}
	delete(content, "status")
	text, err := yaml.Marshal(content)
	return string(text), err
}
