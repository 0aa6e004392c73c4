package kind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

// docker runs the client that the library runs too, so that both talk to the same engine.
func docker(ctx context.Context, args ...string) (string, error) {
	var complaint bytes.Buffer
	command := exec.CommandContext(ctx, "docker", args...)
	command.Stderr = &complaint
	out, err := command.Output()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("there is no docker command: install a Docker client and engine, or use `runner engine run`")
	}
	if err != nil {
		return "", fmt.Errorf("running docker %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// Preflight says why no cluster can be made now, a sentence with its remedy each.
func (p *Platform) Preflight(ctx context.Context) []string {
	if _, err := docker(ctx, "version", "--format", "{{.Server.Version}}"); err != nil {
		return []string{fmt.Sprintf("No Docker engine answers (%v): start one, set DOCKER_HOST, or put `runner engine run --` before the command", err)}
	}
	return nil
}

// nodeImage is a node image that the engine has, or, with an empty Ref, will pull.
type nodeImage struct {
	NodeImage
	hasCNI bool // it brings a network plugin that the library installs
}

// provide gets the image into the engine and looks what it brings.
func (p *Platform) provide(ctx context.Context) (nodeImage, error) {
	wanted, err := p.image(ctx)
	if err != nil {
		return nodeImage{}, fmt.Errorf("providing the node image: %w", err)
	}
	image := nodeImage{NodeImage: wanted, hasCNI: true}
	if wanted.Ref == "" {
		return image, nil
	}
	label := `{{index .Config.Labels "` + build.NoCNILabel + `"}}`
	value, err := docker(ctx, "image", "inspect", "--format", label, wanted.Ref)
	if err != nil && wanted.Archive != "" {
		p.progress.Say("loading node image %s into the engine", wanted.Ref)
		if _, err := docker(ctx, "load", "--quiet", "--input", wanted.Archive); err != nil {
			return nodeImage{}, fmt.Errorf("loading node image: %w", err)
		}
		value, err = docker(ctx, "image", "inspect", "--format", label, wanted.Ref)
	}
	if err != nil {
		return nodeImage{}, fmt.Errorf("looking at node image %s: %w", wanted.Ref, err)
	}
	image.hasCNI = value != "none"
	return image, nil
}

// nodesOf are the containers of a cluster of that name, whoever made it, each with the directory mounted as its owner.
func nodesOf(ctx context.Context, name string) (owners map[string]string, err error) {
	list, err := docker(ctx, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+clusterLabel+"="+name)
	if err != nil || list == "" {
		return nil, err
	}
	format := `{{.Name}} {{range .Mounts}}{{if eq .Destination "` + ownerMount + `"}}{{.Source}}{{end}}{{end}}`
	out, err := docker(ctx, append([]string{"inspect", "--format", format}, strings.Fields(list)...)...)
	if err != nil {
		return nil, err
	}
	owners = map[string]string{}
	for line := range strings.Lines(out) {
		node, owner, _ := strings.Cut(strings.TrimSpace(line), " ")
		owners[strings.TrimPrefix(node, "/")] = owner
	}
	return owners, nil
}
