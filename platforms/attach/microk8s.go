package attach

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// importArchives loads images by the command of MicroK8s, which reaches the node of the machine it runs on and no other.
func (p *Platform) importArchives(ctx context.Context, cluster string, archives []string) error {
	survey, err := p.Survey(ctx)
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("finding this machine's name: %w", err)
	}
	if nodes := survey.Schedulable(); len(nodes) != 1 || !strings.EqualFold(nodes[0], host) {
		return fmt.Errorf("loading images into cluster %s: its nodes are %s, and the command microk8s reaches only this machine's (%s): "+
			"push %s to a registry they reach, and name it with --agent-image, --hub and --tag",
			cluster, strings.Join(nodes, ", "), host, strings.Join(archives, ", "))
	}
	for _, archive := range archives {
		out, err := exec.CommandContext(ctx, "microk8s", "ctr", "image", "import", archive).CombinedOutput()
		if err != nil {
			return fmt.Errorf("loading %s by `microk8s ctr image import`: %w: %s", archive, err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}
