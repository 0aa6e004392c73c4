package build

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
	"github.com/ambient-conformance/ambient-conformance/platforms/local/build/sharedlib"
)

// neededTools are the programs without which install-cni cannot set up the redirection of a pod.
func neededTools() []string {
	return []string{"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore", "nft"}
}

// wantedTools are programs that install-cni uses when they are there: each backend of iptables under its own name, as
// the one that the node's rules are in is preferred; nsenter for pods with user namespaces; ip and ipset for people.
func wantedTools() []string {
	tools := []string{"nsenter", "ip", "ipset"}
	for _, family := range []string{"iptables", "ip6tables"} {
		for _, backend := range []string{"-nft", "-legacy"} {
			for _, verb := range []string{"", "-save", "-restore"} {
				tools = append(tools, family+backend+verb)
			}
		}
	}
	return tools
}

// searchPath is PATH and the directories of administration tools, which many users do not have in theirs.
func searchPath() []string {
	return append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin")
}

// lookFor finds a program in dirs; empty means it is not there.
func lookFor(name string, dirs []string) string {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// hostTools are the files of an image in which this machine's packet filter tools run: programs, plugins, shared
// libraries and the small files of /etc that these read.
func hostTools(dirs []string) ([]archive.File, error) {
	return toolbox{needed: neededTools(), wanted: wantedTools()}.files(dirs)
}

// toolbox is a set of this machine's programs that go into an image, with all they need to start there.
type toolbox struct {
	needed  []string          // without which there is no image
	wanted  []string          // taken along where they are installed
	renamed map[string]string // name in the image → name on this machine, where they differ
}

// lacking names what is needed and not installed.
func (b toolbox) lacking(dirs []string) []string {
	return slices.DeleteFunc(slices.Clone(b.needed), func(name string) bool { return lookFor(b.here(name), dirs) != "" })
}

// here is what a program is called on this machine.
func (b toolbox) here(name string) string { return cmp.Or(b.renamed[name], name) }

// files are the programs, the plugins of iptables, and the libraries of them all.
func (b toolbox) files(dirs []string) ([]archive.File, error) {
	files, programs, err := b.programs(dirs)
	if err != nil {
		return nil, err
	}
	// Nothing names the plugins as needed: they are opened by name when a rule asks for them.
	plugins := extensions()
	for _, plugin := range plugins {
		files = append(files, archive.File{Path: plugin, Source: plugin, Mode: 0o644})
	}
	libraries, err := sharedlib.Resolve(append(programs, plugins...)...)
	if err != nil {
		return nil, err
	}
	for _, library := range libraries.Libraries {
		path := filepath.Join(libraries.Dir(), library.Name)
		files = append(files, archive.File{Path: path, Source: library.Path})
	}
	if libraries.Loader != "" {
		files = append(files, archive.File{Path: libraries.Loader, Source: libraries.Loader})
	}
	return append(files, configuration()...), nil
}

// programs are the tools: each real program once, and a link to it under each of its names, because the iptables family
// is one program that goes by the name it is called.
func (b toolbox) programs(dirs []string) (files []archive.File, paths []string, err error) {
	for _, name := range slices.Concat(b.needed, b.wanted) {
		found := lookFor(b.here(name), dirs)
		if found == "" {
			if slices.Contains(b.needed, name) {
				err = errors.Join(err, fmt.Errorf("%s is not installed", b.here(name)))
			}
			continue
		}
		program, linkErr := filepath.EvalSymlinks(found)
		if linkErr != nil {
			err = errors.Join(err, fmt.Errorf("following %s: %w", found, linkErr))
			continue
		}
		base := filepath.Base(program)
		if !slices.Contains(paths, program) {
			paths = append(paths, program)
			files = append(files, archive.File{Path: "/usr/sbin/" + base, Source: program})
		}
		if base != name {
			files = append(files, archive.File{Path: "/usr/sbin/" + name, Link: base})
		}
	}
	return files, paths, err
}

// extensions are the plugins that iptables loads by name. Where they lie is compiled into iptables.
func extensions() []string {
	var all []string
	for _, pattern := range []string{"/usr/lib/*/xtables/*.so", "/usr/lib/xtables/*.so", "/usr/lib64/xtables/*.so", "/usr/libexec/xtables/*.so"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern is an error, and these are not
		}
		all = append(all, found...)
	}
	return all
}

// configuration is what the C library reads. Names are looked up in files only; istio-cni mounts over nsswitch.conf,
// and iptables over nothing if the lock's directory is missing.
func configuration() []archive.File {
	files := []archive.File{
		{Path: "/etc/nsswitch.conf", Content: []byte(strings.Join([]string{
			"passwd: files", "group: files", "hosts: files dns", "protocols: files", "services: files", "",
		}, "\n"))},
		{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/:/sbin/nologin\n")},
		{Path: "/etc/group", Content: []byte("root:x:0:\n")},
		{Path: "/run/"},
		{Path: "/tmp/", Mode: 0o1777},
	}
	for _, path := range []string{"/etc/protocols", "/etc/services", "/etc/ethertypes"} {
		if _, err := os.Stat(path); err == nil {
			files = append(files, archive.File{Path: path, Source: path, Mode: 0o644})
		}
	}
	return files
}
