package tools

import (
	"context"
	"fmt"
	"os"
	"regexp"
)

// DockerCauses are the failures of a container engine as tools built on it pass them on.
func DockerCauses() []Cause {
	return []Cause{
		{Output: regexp.MustCompile(`permission denied while trying to connect to the [Dd]ocker`),
			Remedy: "this user may not use Docker: run as root, or join the group docker and log in again"},
		{Output: regexp.MustCompile(`Cannot connect to the Docker daemon|docker daemon is not running|[Ii]s the docker daemon running`),
			Remedy: "Docker is not running: start it, or set DOCKER_HOST"},
		{Output: regexp.MustCompile(`port is already allocated|address already in use`),
			Remedy: "a port that the cluster needs is taken: end what listens there"},
		{Output: regexp.MustCompile(`no space left on device`),
			Remedy: "the disk that Docker keeps its data on is full: try docker system prune"},
		{Output: regexp.MustCompile(`toomanyrequests|pull rate limit`),
			Remedy: "the registry refuses further pulls: log in with docker login, or wait"},
		{Output: regexp.MustCompile(`failed to pull image|pull access denied|manifest unknown|no such host|unable to pull|Unable to pull`),
			Remedy: "an image cannot be pulled: check the network, or load the image into Docker beforehand"},
	}
}

// Docker asks the engine for its version and returns what is wrong, "" when it answers.
func (f Finder) Docker(ctx context.Context) string {
	_, err := f.runner().Run(ctx, Command{Path: "docker", Args: []string{"version", "--format", "{{.Server.Version}}"}})
	if err == nil {
		return ""
	}
	if os.Getenv("DOCKER_HOST") != "" {
		return fmt.Sprintf("Docker at DOCKER_HOST=%s: %v", os.Getenv("DOCKER_HOST"), Explain(err, DockerCauses()))
	}
	return Explain(err, DockerCauses()).Error()
}
