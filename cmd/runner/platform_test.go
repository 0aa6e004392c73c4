package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsReportDir(t *testing.T) {
	for _, row := range []struct {
		name  string
		files []string
		want  bool
	}{
		{"empty", nil, true},
		{"an earlier report, and something beside it", []string{"report.json", "notes.txt"}, true},
		{"what a killed run left", []string{"artifacts"}, true},
		{"somebody's folder", []string{"thesis.tex"}, false},
		{"somebody's folder with artifacts", []string{"artifacts", "thesis.tex"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range row.files {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := isReportDir(dir); got != row.want {
				t.Errorf("taken for a report directory: %v, want %v", got, row.want)
			}
		})
	}
}
