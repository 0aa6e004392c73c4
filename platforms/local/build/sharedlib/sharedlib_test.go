package sharedlib

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compile makes an ELF file from one line of C; the files hang together in the way of real plugins and libraries.
func compile(t *testing.T, output, source string, args ...string) {
	t.Helper()
	command := exec.Command("cc", append([]string{"-x", "c", "-", "-o", output}, args...)...)
	command.Stdin = strings.NewReader(source)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
}

// chain compiles program → libfirst → libsecond into one directory and gives that directory.
func chain(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler: ", err)
	}
	dir := t.TempDir()
	compile(t, filepath.Join(dir, "libsecond.so.2"), "int second(void){return 2;}", "-shared", "-fPIC", "-Wl,-soname,libsecond.so.2")
	compile(t, filepath.Join(dir, "libfirst.so.1"), "int second(void); int first(void){return second();}",
		"-shared", "-fPIC", "-Wl,-soname,libfirst.so.1", "-Wl,--no-as-needed", "-L"+dir, "-l:libsecond.so.2")
	compile(t, filepath.Join(dir, "program"), "int first(void); int main(void){return first();}",
		"-L"+dir, "-l:libfirst.so.1", "-Wl,-rpath-link,"+dir)
	return dir
}

func names(closure Closure) []string {
	var names []string
	for _, library := range closure.Libraries {
		names = append(names, library.Name)
	}
	return names
}

func TestResolveFollowsDependenciesOfDependencies(t *testing.T) {
	dir := chain(t)
	closure, err := resolve(append([]string{dir}, configured("/etc/ld.so.conf")...), []string{filepath.Join(dir, "program")})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(names(closure), " ")
	for _, want := range []string{"libc.so.6", "libfirst.so.1", "libsecond.so.2"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in: %s", want, got)
		}
	}
	if _, err := os.Stat(closure.Loader); err != nil {
		t.Errorf("the loader is not on this machine: %v", err)
	}
	if _, err := os.Stat(filepath.Join(closure.Dir(), "libc.so.6")); err != nil {
		t.Errorf("Dir is not the directory of the C library: %v", err)
	}
}

func TestResolveHonoursTheDirectoryAFileNames(t *testing.T) {
	dir := chain(t)
	compile(t, filepath.Join(dir, "program"), "int first(void); int main(void){return first();}",
		"-L"+dir, "-l:libfirst.so.1", "-Wl,-rpath,$ORIGIN", "-Wl,-rpath-link,"+dir)
	object, err := inspect(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := object.find("libfirst.so.1", nil), filepath.Join(dir, "libfirst.so.1"); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestFindPassesOverOtherProcessors(t *testing.T) {
	dir := chain(t)
	object, err := inspect(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	object.machine = elf.EM_S390
	if got := object.find("libfirst.so.1", []string{dir}); got != "" {
		t.Errorf("found %s, built for another processor", got)
	}
}

func TestResolveNamesWhatIsMissing(t *testing.T) {
	dir := chain(t)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ file, want string }{
		"a library nowhere":  {filepath.Join(dir, "program"), "libfirst.so.1"},
		"a wrapper script":   {script, script},
		"a file that is not": {filepath.Join(dir, "absent"), "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolve(nil, []string{tc.file})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("want an error that names %s, got: %v", tc.want, err)
			}
		})
	}
}

func TestConfigured(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("b.conf", "/opt/b # why\n\n# nothing\ninclude main.conf\n")
	write("a.conf", "/opt/a/\nrelative/is/ignored\n")
	main := write("main.conf", "/first\ninclude *.conf\n/last\n")
	if diff := cmp.Diff([]string{"/first", "/opt/a/", "/opt/b", "/last"}, configured(main)); diff != "" {
		t.Errorf("directories differ (-want +got):\n%s", diff)
	}
	if got := configured(filepath.Join(dir, "absent")); got != nil {
		t.Errorf("a missing configuration adds %v", got)
	}
}

// FuzzConfigured feeds the parser anything: it must end and give absolute directories only.
func FuzzConfigured(f *testing.F) {
	f.Add("/lib\ninclude x*.conf\n# comment")
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "x.conf")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, dir := range configured(path) {
			if !filepath.IsAbs(dir) {
				t.Errorf("%q is not absolute", dir)
			}
		}
	})
}
