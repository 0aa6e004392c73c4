package build

import (
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
)

// toolFiles collects this machine's tools, by path in the image.
func toolFiles(t *testing.T) map[string]archive.File {
	t.Helper()
	if lacking := lackingTools(searchPath()); lacking != nil {
		t.Skip(lacking)
	}
	files, err := hostTools(searchPath())
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]archive.File{}
	for _, file := range files {
		byPath[file.Path] = file
	}
	return byPath
}

func TestEveryToolIsThereUnderItsName(t *testing.T) {
	files := toolFiles(t)
	for _, name := range append(neededTools(), "../../etc/nsswitch.conf") {
		file, ok := files[path.Join("/usr/sbin", name)]
		if file.Link != "" {
			_, ok = files[path.Join("/usr/sbin", file.Link)]
		}
		if !ok {
			t.Errorf("%s is not in the image", name)
		}
	}
}

// TestToolsRunWithoutTheHost unpacks the tools into an empty directory and runs them with that as their root.
func TestToolsRunWithoutTheHost(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing the root directory needs root")
	}
	root := t.TempDir()
	for _, file := range toolFiles(t) {
		unpack(t, root, file)
	}
	for _, line := range []string{
		"iptables --version", "ip6tables-restore --version", "nft --json list tables",
		"iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN", // needs the plugin of owner
	} {
		t.Run(line, func(t *testing.T) {
			args := strings.Fields(line)
			cmd := exec.Command("/usr/sbin/"+args[0], args[1:]...)
			cmd.Env = []string{"PATH=/usr/sbin"}
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Cloneflags: syscall.CLONE_NEWNET}
			out, err := cmd.CombinedOutput()
			if err != nil && strings.Contains(err.Error(), "operation not permitted") {
				t.Skip("no network namespaces here: ", err)
			}
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func unpack(t *testing.T, root string, file archive.File) {
	t.Helper()
	path := filepath.Join(root, file.Path)
	if strings.HasSuffix(file.Path, "/") {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if file.Link != "" {
		if err := os.Symlink(file.Link, path); err != nil {
			t.Fatal(err)
		}
		return
	}
	content := io.Reader(strings.NewReader(string(file.Content)))
	if file.Source != "" {
		source, err := os.Open(file.Source)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		content = source
	}
	copied, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := io.Copy(copied, content); err != nil {
		t.Fatal(err)
	}
}
