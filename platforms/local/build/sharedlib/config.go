package sharedlib

import (
	"os"
	"path/filepath"
	"strings"
)

// configured lists the directories that a loader configuration adds (ld.so.conf(5)), in its order. A file that cannot
// be read adds nothing: many systems have none.
func configured(path string) []string {
	return configuredOnce(path, map[string]bool{})
}

// configuredOnce reads each file once, because files may include one another.
func configuredOnce(path string, seen map[string]bool) []string {
	if seen[path] {
		return nil
	}
	seen[path] = true
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var dirs []string
	for line := range strings.Lines(string(content)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 2 && fields[0] == "include":
			for _, file := range matching(path, fields[1]) {
				dirs = append(dirs, configuredOnce(file, seen)...)
			}
		case len(fields) == 1 && filepath.IsAbs(fields[0]):
			dirs = append(dirs, fields[0])
		}
	}
	return dirs
}

// matching gives the files of an include line; a relative pattern is relative to the file that holds the line.
func matching(from, pattern string) []string {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(from), pattern)
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil // a malformed pattern matches nothing
	}
	return files
}
