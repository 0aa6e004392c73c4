// Package toolstest stands in for command-line tools in tests: it records what they are called with, and answers.
package toolstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Answer is what a tool does when it is called with arguments that begin with Call, e.g. "k3d cluster list".
type Answer struct {
	Call   string
	Stdout string
	Stderr string
	Exit   int
	Do     func(tools.Command) // e.g. writes the file that the tool would write
}

// Recorder is a tools.Runner that runs nothing. Answers serve one call each, in any order; the last of its kind serves
// all further ones.
type Recorder struct {
	t       testing.TB
	answers []Answer
	log     strings.Builder
	hide    []string // text and what the transcript shows for it, alternating
}

// New puts empty programs of these names on PATH, so that they are found, and returns a recorder that answers for them.
func New(t testing.TB, programs []string, answers ...Answer) *Recorder {
	t.Helper()
	bin := t.TempDir()
	for _, name := range programs {
		if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if s, ok := t.(interface{ Setenv(key, value string) }); ok {
		s.Setenv("PATH", bin)
	}
	return &Recorder{t: t, answers: answers, hide: []string{bin + "/", ""}}
}

// Hide makes the transcript show a name instead of what differs from run to run.
func (r *Recorder) Hide(text, name string) { r.hide = append([]string{text, name}, r.hide...) }

// Run is tools.Runner.
func (r *Recorder) Run(ctx context.Context, c tools.Command, alsoTo ...io.Writer) ([]byte, error) {
	fmt.Fprintf(&r.log, "$ %s\n", strings.Join(append(append([]string{}, c.Env...), append([]string{c.Path}, c.Args...)...), " "))
	for line := range strings.Lines(string(c.Stdin)) {
		r.log.WriteString("< " + line)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, &tools.Failure{Command: c.String(), Err: err}
	}
	a, ok := r.answer(c.String())
	if !ok {
		r.t.Errorf("unexpected call: %s", c)
		return nil, errors.New("unexpected call")
	}
	if a.Do != nil {
		a.Do(c)
	}
	for _, to := range alsoTo {
		_, _ = io.WriteString(to, a.Stdout+a.Stderr)
	}
	if a.Exit == 0 {
		return []byte(a.Stdout), nil
	}
	fmt.Fprintf(&r.log, "exit status %d\n", a.Exit)
	said := a.Stderr
	if said == "" {
		said = a.Stdout
	}
	return []byte(a.Stdout), &tools.Failure{Command: c.String(), Err: fmt.Errorf("exit status %d", a.Exit), Output: tools.Last(said)}
}

func (r *Recorder) answer(call string) (Answer, bool) {
	found := -1
	for i, a := range r.answers {
		if call == a.Call || strings.HasPrefix(call, a.Call+" ") {
			if found >= 0 { // there is a later one for the next call
				a := r.answers[found]
				r.answers = append(append([]Answer{}, r.answers[:found]...), r.answers[found+1:]...)
				return a, true
			}
			found = i
		}
	}
	if found < 0 {
		return Answer{}, false
	}
	return r.answers[found], true
}

// Note adds a line of the test's own to the transcript.
func (r *Recorder) Note(format string, args ...any) { fmt.Fprintf(&r.log, "# "+format+"\n", args...) }

// Files adds all files below dir with their contents to the transcript; locks only by name.
func (r *Recorder) Files(dir string) {
	r.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(dir, path)
		fmt.Fprintf(&r.log, "-- %s %v --\n", relative, info.Mode().Perm())
		content, err := os.ReadFile(path)
		r.log.Write(content)
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
}

// Transcript is everything recorded so far.
func (r *Recorder) Transcript() string { return strings.NewReplacer(r.hide...).Replace(r.log.String()) }

// Golden compares the transcript with testdata/NAME.golden.
func (r *Recorder) Golden(name string) {
	r.t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(r.Transcript()), 0o644)); err != nil {
			r.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if got := r.Transcript(); !bytes.Equal([]byte(got), want) {
		r.t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", path, got)
	}
}

// Node is a node of an API server of this package.
func Node(name string, controlPlane, ready bool) corev1.Node {
	node := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	if controlPlane {
		node.Labels["node-role.kubernetes.io/control-plane"] = "true"
	}
	condition := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue}
	if !ready {
		condition.Status, condition.Message = corev1.ConditionFalse, "cni plugin not initialized"
	}
	node.Status.Conditions = []corev1.NodeCondition{condition}
	return node
}

// API serves what a platform asks of an API server, and returns its URL and a kubeconfig that leads to it. Each list of
// nodes serves one request, the last one all further ones.
func API(t testing.TB, lists ...[]corev1.Node) (url, kubeconfig string) {
	t.Helper()
	var asked int
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /api/v1/nodes", func(w http.ResponseWriter, _ *http.Request) {
		list := corev1.NodeList{TypeMeta: metav1.TypeMeta{Kind: "NodeList", APIVersion: "v1"}, Items: lists[min(asked, len(lists)-1)]}
		asked++
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- {name: test, cluster: {server: %q}}
users:
- {name: test, user: {token: test}}
contexts:
- {name: test, context: {cluster: test, user: test}}
current-context: test
`, server.URL)
}
