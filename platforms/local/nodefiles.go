//go:build linux

package local

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/node"
)

// writeNode makes the directory of node i: configuration, keys, and what will be bound to standard paths.
func writeNode(dir string, r record, i int, a Artifacts, images wellKnown, signers authorities) error {
	home := node.Dir(dir, nodeName(r.Spec.Name, i))
	layout, err := layoutOf(r.Spec.Layout)
	if err != nil {
		return err
	}
	for _, bind := range binds(layout) {
		if err := os.MkdirAll(filepath.Join(home, bind.Source), 0o755); err != nil {
			return fmt.Errorf("creating node directory: %w", err)
		}
	}
	// It will hold keys.
	if err := os.Mkdir(filepath.Join(home, "etc"), 0o700); err != nil {
		return fmt.Errorf("creating node directory: %w", err)
	}
	s, err := newSettings(r.Spec, i, r.Cgroup, images)
	if err != nil {
		return err
	}
	files, err := s.configs(r.Spec)
	if err != nil {
		return err
	}
	secrets, err := signers.secrets(r.Spec, i)
	if err != nil {
		return err
	}
	for name, content := range secrets {
		files[filepath.Join("etc", name)] = content
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			return fmt.Errorf("writing node configuration: %w", err)
		}
	}
	return copyPlugins(a.Bin, filepath.Join(home, "cni/bin"))
}

// copyPlugins gives the node CNI plugins of its own: whatever installs itself there may replace them.
func copyPlugins(from, to string) error {
	for _, name := range plugins() {
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name), 0o755); err != nil {
			return fmt.Errorf("installing CNI plugin %s: %w", name, err)
		}
	}
	return nil
}

// copyFile makes a real copy. A link to the original would let a node write into what all clusters share.
func copyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
