package reports

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWriteAndRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for range 2 { // the second time over the first
		if err := Write(dir, richReport()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{JUnitFile, HTMLFile, JSONFile, MarkdownFile}, listed(t, dir)); diff != "" {
		t.Errorf("other files than the four formats:\n%s", diff)
	}
	for _, path := range []string{dir, filepath.Join(dir, JSONFile)} {
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Finish(richReport()), got); diff != "" {
			t.Errorf("read from %s:\n%s", path, diff)
		}
	}
}

func TestWriteKeepsTheOtherFormatsWhenSomeFail(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{JSONFile, HTMLFile} { // a folder in the way: the file cannot be renamed onto it
		if err := os.MkdirAll(filepath.Join(dir, name, "x"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := Write(dir, richReport())
	for _, want := range []string{"writing report.json: ", "writing report.html: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %v does not say %q", err, want)
		}
	}
	if diff := cmp.Diff([]string{JUnitFile, HTMLFile, JSONFile, MarkdownFile}, listed(t, dir)); diff != "" {
		t.Errorf("the others are not there, or a temporary file is left:\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, JUnitFile)); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o644 {
		t.Errorf("junit.xml: %v, %v", info, err)
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(path, []byte(`{"apiVersion":"conformance.ambient/v0","kind":"`+Kind+`"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "use the runner that wrote it") {
		t.Errorf("got %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}
