package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files and schema.json")

// golden compares with a file, or rewrites it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./reports -update makes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; go test ./reports -update accepts it):\n%s", path, diff)
	}
}

func TestFormatsMatchTheirGoldenFiles(t *testing.T) {
	formats := map[string]func(io.Writer, Report) error{
		"report.json": writeJSON, "junit.xml": JUnit, "report.html": HTML, "summary.md": Markdown,
		"text.txt":   func(w io.Writer, r Report) error { return Text(w, r, 100, false) },
		"colour.txt": func(w io.Writer, r Report) error { return Text(w, r, 72, true) },
	}
	for name, example := range map[string]Report{"rich": richReport(), "green": greenReport(), "proof": proofReport()} {
		for file, render := range formats {
			t.Run(name+" "+file, func(t *testing.T) {
				var once, again bytes.Buffer
				if err := render(&once, example); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", name, file), once.Bytes())
				if err := render(&again, example); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(once.Bytes(), again.Bytes()) {
					t.Error("the same report gave other bytes the second time")
				}
			})
		}
	}
}

func TestMatrixMatchesItsGoldenFiles(t *testing.T) {
	entries := night()
	formats := map[string]func(io.Writer, Matrix) error{"matrix.html": MatrixHTML, "matrix.md": MatrixMarkdown}
	for file, render := range formats {
		t.Run(file, func(t *testing.T) {
			var forwards, backwards bytes.Buffer
			if err := render(&forwards, Merge(entries...)); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "night", file), forwards.Bytes())
			reversed := slices.Clone(entries)
			slices.Reverse(reversed)
			if err := render(&backwards, Merge(reversed...)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(forwards.String(), backwards.String()); diff != "" {
				t.Errorf("the order of the reports matters:\n%s", diff)
			}
		})
	}
}
