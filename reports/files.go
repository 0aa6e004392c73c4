package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Names of the files of a report, and of the folder beside them that holds the evidence.
const (
	JSONFile      = "report.json"
	JUnitFile     = "junit.xml"
	HTMLFile      = "report.html"
	MarkdownFile  = "summary.md"
	ArtifactsName = "artifacts"
)

// Read reads a report file, or report.json of a folder.
func Read(path string) (Report, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, JSONFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Report{}, fmt.Errorf("reading report: %w", err)
	}
	r, err := Decode(data)
	if err != nil {
		return Report{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return r, nil
}

// Write writes the report in every format into dir, which is made when absent. Each file appears whole or not at all, and
// one that cannot be written does not keep the others from being written; the error joins all that went wrong.
func Write(dir string, r Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making report folder: %w", err)
	}
	formats := []struct {
		file   string
		render func(io.Writer, Report) error
	}{
		{JSONFile, writeJSON}, {JUnitFile, JUnit}, {HTMLFile, HTML}, {MarkdownFile, Markdown},
	}
	var errs []error
	for _, format := range formats {
		var buf bytes.Buffer
		err := format.render(&buf, r)
		if err == nil {
			err = WriteFile(filepath.Join(dir, format.file), buf.Bytes())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", format.file, err))
		}
	}
	return errors.Join(errs...)
}

// writeJSON is Encode in the form of the other formats.
func writeJSON(w io.Writer, r Report) error {
	data, err := Encode(r)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// WriteFile replaces a file at once: a reader, or a killed runner, never leaves or meets half of it.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	// CreateTemp makes files private; a report is for everybody.
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
