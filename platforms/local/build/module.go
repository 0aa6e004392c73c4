package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// moduleDir is the directory of an upstream's own module in the user's module cache, verified against the checksum in
// our module files of that name. It is read for what is no Go code.
func (b *builder) moduleDir(ctx context.Context, p *place, name, module, version string) (string, error) {
	for file, from := range map[string]string{"go.mod": name + ".mod", "go.sum": name + ".sum"} {
		content, err := moduleFiles.ReadFile("recipes/" + from)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(p.scratch(), file), content, 0o644); err != nil {
			return "", err
		}
	}
	download := exec.CommandContext(ctx, b.tools.path, "mod", "download", "-json", module)
	download.Dir, download.Env = p.scratch(), append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := download.Output()
	if err != nil {
		return "", fmt.Errorf("downloading %s %s: %w", module, version, err)
	}
	var found struct{ Dir, Version string }
	if err := json.Unmarshal(out, &found); err != nil || found.Version != version {
		return "", fmt.Errorf("downloading %s %s: got version %q: %w", module, version, found.Version, err)
	}
	return found.Dir, nil
}
