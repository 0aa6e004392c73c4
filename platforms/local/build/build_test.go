package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tiny is a recipe that really builds, in about a second: a program that prints a word.
func tiny(name, word string) Recipe {
	return Recipe{
		Name: name, Version: "v1", Packages: []string{"recipe/" + name}, Usual: time.Second,
		modFile: []byte("module recipe/" + name + "\n\ngo 1.26.0\n"),
		sources: map[string][]byte{"main.go": fmt.Appendf(nil, "package main\n\nfunc main() { println(%q) }\n", word)},
	}
}

// wrappedGo is a go command that notes each verb in a log and then does as the shell lines say before it really runs.
func wrappedGo(t *testing.T, before string) (command, log string) {
	t.Helper()
	real, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command: ", err)
	}
	dir := t.TempDir()
	command, log = filepath.Join(dir, "go"), filepath.Join(dir, "log")
	script := fmt.Sprintf("#!/bin/sh\necho $1 >> %s\n%s\nexec %s \"$@\"\n", log, before, real)
	if err := os.WriteFile(command, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return command, log
}

// verbs counts how often the wrapped go command was called to list and to build.
func verbs(t *testing.T, log string) string {
	t.Helper()
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("list %d, build %d", strings.Count(string(content), "list\n"), strings.Count(string(content), "build\n"))
}

// buildAll builds recipes the way Kubernetes and Istio do.
func buildAll(ctx context.Context, o Options, recipes ...Recipe) ([]string, error) {
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return nil, err
	}
	return b.build(ctx, recipes)
}

// output runs a built program.
func output(t *testing.T, program string) string {
	t.Helper()
	out, err := exec.Command(program).CombinedOutput()
	if err != nil {
		t.Fatalf("running %s: %v\n%s", program, err, out)
	}
	return strings.TrimSpace(string(out))
}

// unfinishedPlaces are the directories that are being made or were left.
func unfinishedPlaces(t *testing.T, root string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(root, "*", "*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestBuildIsDoneOnce(t *testing.T) {
	command, log := wrappedGo(t, "")
	o := Options{Cache: t.TempDir(), goCommand: command}
	recipes := []Recipe{tiny("first", "one"), tiny("second", "two")}
	dirs, err := buildAll(t.Context(), o, recipes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"one", "two"} {
		if got := output(t, filepath.Join(dirs[i], "bin", recipes[i].Name)); got != want {
			t.Errorf("%s prints %q, want %q", recipes[i].Name, got, want)
		}
	}
	again, err := buildAll(t.Context(), o, recipes...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dirs, again); diff != "" {
		t.Errorf("the second build gives other directories (-first +second):\n%s", diff)
	}
	if got, want := verbs(t, log), "list 2, build 2"; got != want {
		t.Errorf("both builds together called go: %s, want %s", got, want)
	}
	if left := unfinishedPlaces(t, o.Cache); left != nil {
		t.Errorf("left unfinished: %v", left)
	}
}

func TestBuildRepairsADirectoryThatLostAFile(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	dirs, err := buildAll(t.Context(), o, tiny("first", "one"))
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dirs[0], "bin", "first")
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	if _, err := buildAll(t.Context(), o, tiny("first", "one")); err != nil {
		t.Fatal(err)
	}
	if got := output(t, program); got != "one" {
		t.Errorf("the rebuilt program prints %q", got)
	}
}

func TestAFailingBuildSaysHowToSeeItFail(t *testing.T) {
	o := Options{Cache: t.TempDir()}
	broken := tiny("broken", "")
	broken.sources["main.go"] = []byte("package main\n\nfunc main() { absent() }\n")
	_, err := buildAll(t.Context(), o, broken, tiny("later", "later"))
	var failed *CommandError
	if !errors.As(err, &failed) {
		t.Fatalf("want a CommandError, got: %v", err)
	}
	for _, want := range []string{"compiling broken v1", "main.go:3:15: undefined: absent", "go build -v -o bin/", failed.Command} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in the error:\n%v", want, err)
		}
	}
	pasted, pasteErr := exec.Command("sh", "-c", failed.Command).CombinedOutput()
	if pasteErr == nil || !strings.Contains(string(pasted), "undefined: absent") {
		t.Errorf("the pasted command does not fail the same way: %v\n%s", pasteErr, pasted)
	}
	// What was queued behind it must have been given up, or this would wait for ever.
	if _, err := buildAll(t.Context(), o, tiny("later", "later")); err != nil {
		t.Error(err)
	}
}

func TestAMissingChecksumIsRefused(t *testing.T) {
	unsummed := tiny("unsummed", "")
	unsummed.modFile = append(unsummed.modFile, "\nrequire golang.org/x/mod v0.41.0\n"...)
	unsummed.sources["main.go"] = []byte("package main\n\nimport _ \"golang.org/x/mod/semver\"\n\nfunc main() {}\n")
	_, err := buildAll(t.Context(), Options{Cache: t.TempDir()}, unsummed)
	if err == nil || !strings.Contains(err.Error(), "missing go.sum entry") {
		t.Errorf("want an error about the missing go.sum entry, got: %v", err)
	}
}

func TestProgressSaysWhatIsBuilt(t *testing.T) {
	var said []string
	o := Options{Cache: t.TempDir(), Progress: func(format string, args ...any) {
		said = append(said, fmt.Sprintf(format, args...))
	}}
	if _, err := buildAll(t.Context(), o, tiny("first", "one"), tiny("second", "two")); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{
		"first v1 (1 of 2): compiling, which usually takes 1s", "first v1 (1 of 2): built in ", "second v1 (2 of 2): built in ",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody said %q:\n%s", want, all)
		}
	}
}
