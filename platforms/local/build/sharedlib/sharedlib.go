// Package sharedlib finds what a program needs in order to start where nothing else is: its dynamic loader and its
// shared libraries. It reads ELF files and the loader's configuration; no program is run.
package sharedlib

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Library is a shared library as it was found.
type Library struct {
	Name string // as programs ask for it: "libc.so.6"
	Path string // on this machine
}

// Closure is all that a set of programs and plugins needs.
type Closure struct {
	Loader    string    // path under which programs name their dynamic loader; empty when all of them are static
	Libraries []Library // sorted by name, dependencies of dependencies included
}

// Dir is the directory of the C library. Every loader looks there without being told, so that libraries put beside it
// are found without a loader cache.
func (c Closure) Dir() string {
	for _, library := range c.Libraries {
		if strings.HasPrefix(library.Name, "libc.") {
			return filepath.Dir(library.Path)
		}
	}
	return "/lib"
}

// Resolve finds what the files need. A file that is not ELF (a wrapper script, say) is an error that names it.
func Resolve(files ...string) (Closure, error) {
	return resolve(append(configured("/etc/ld.so.conf"), "/lib64", "/usr/lib64", "/lib", "/usr/lib"), files)
}

// resolve looks for libraries in dirs, after the directories that a file names itself.
func resolve(dirs, files []string) (Closure, error) {
	var closure Closure
	found := map[string]string{}
	for queue := slices.Clone(files); len(queue) > 0; queue = queue[1:] {
		object, err := inspect(queue[0])
		if err != nil {
			return Closure{}, fmt.Errorf("reading ELF header of %s: %w", queue[0], err)
		}
		if object.loader != "" {
			closure.Loader = object.loader
		}
		for _, name := range object.needed {
			if found[name] != "" {
				continue
			}
			path := object.find(name, dirs)
			if path == "" {
				return Closure{}, fmt.Errorf("finding %s, which %s needs: not in any library directory of this machine", name, queue[0])
			}
			found[name] = path
			queue = append(queue, path)
		}
	}
	for name, path := range found {
		closure.Libraries = append(closure.Libraries, Library{Name: name, Path: path})
	}
	slices.SortFunc(closure.Libraries, func(a, b Library) int { return strings.Compare(a.Name, b.Name) })
	return closure, nil
}

// object is what matters of an ELF file.
type object struct {
	class   elf.Class
	machine elf.Machine
	loader  string
	needed  []string
	own     []string // directories it names itself (DT_RPATH, DT_RUNPATH)
}

func inspect(path string) (object, error) {
	file, err := elf.Open(path)
	if err != nil {
		return object{}, err
	}
	defer file.Close()
	o := object{class: file.Class, machine: file.Machine}
	if o.needed, err = file.ImportedLibraries(); err != nil {
		return object{}, err
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, err := file.DynString(tag)
		if err != nil {
			return object{}, err
		}
		for _, list := range lists {
			origin := strings.NewReplacer("$ORIGIN", filepath.Dir(path), "${ORIGIN}", filepath.Dir(path))
			o.own = append(o.own, strings.Split(origin.Replace(list), ":")...)
		}
	}
	for _, program := range file.Progs {
		if program.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(program.Open())
		if err != nil {
			return object{}, err
		}
		o.loader = strings.TrimRight(string(name), "\x00")
	}
	return o, nil
}

// find looks for a library built for the same kind of processor: machines that also run 32-bit programs have both.
func (o object) find(name string, dirs []string) string {
	for _, dir := range slices.Concat(o.own, dirs) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if library, err := inspect(path); err == nil && library.class == o.class && library.machine == o.machine {
			return path
		}
	}
	return ""
}
