package k3s

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
	"github.com/ambient-conformance/ambient-conformance/platforms/tools"
)

// ports are what a server listens on, on all addresses or on loopback.
var ports = []struct {
	number int
	what   string
}{
	{6443, "the API server"}, {6444, "k3s' load balancer"}, {10010, "containerd"}, {10248, "the kubelet's health"},
	{10250, "the kubelet"}, {10256, "kube-proxy"}, {10257, "the controller manager"}, {10259, "the scheduler"},
}

// interfaces are what flannel, kube-proxy and network policies make in the machine's own network.
var interfaces = []string{"cni0", "flannel.1", "flannel-v6.1", "flannel-wg", "kube-ipvs0"}

// groups are the control groups that kubelets make, by driver.
var groups = []string{"kubepods", "kubepods.slice"}

// absent are those of the groups that no hierarchy has.
func absent(groups []string) (none []string) {
	for _, group := range groups {
		unified, _ := filepath.Glob(filepath.Join("/sys/fs/cgroup", group))
		byController, _ := filepath.Glob(filepath.Join("/sys/fs/cgroup/*", group))
		if len(unified)+len(byController) == 0 {
			none = append(none, group)
		}
	}
	return none
}

// occupied says what on this machine a second Kubernetes node would collide with.
func occupied(ports []int, interfaces []string) (problems []string) {
	for _, port := range ports {
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			problems = append(problems, fmt.Sprintf("port %d, which k3s needs for %s, is taken: end what listens there, e.g. another Kubernetes node", port, purpose(port)))
			continue
		}
		_ = listener.Close()
	}
	for _, name := range interfaces {
		if _, err := net.InterfaceByName(name); err == nil {
			problems = append(problems, fmt.Sprintf("there is an interface %s already: a machine can be one Kubernetes node only", name))
		}
	}
	return problems
}

func purpose(port int) string {
	for _, p := range ports {
		if p.number == port {
			return p.what
		}
	}
	return "itself"
}

func numbers() (all []int) {
	for _, p := range ports {
		all = append(all, p.number)
	}
	return all
}

// mountPoints makes sure that there is something to mount on, and returns what it made, innermost first.
func mountPoints() (made []string, err error) {
	for _, d := range directories {
		for path := d[0]; ; path = filepath.Dir(path) {
			if _, err := os.Stat(path); err == nil {
				break
			}
			made = append(made, path)
		}
		if err := os.MkdirAll(d[0], 0o755); err != nil {
			return made, fmt.Errorf("making %s: %w", d[0], err)
		}
	}
	slices.SortFunc(made, func(a, b string) int { return strings.Compare(b, a) })
	return made, nil
}

// unmake removes directories that mountPoints made and nobody has used since.
func unmake(made []string) {
	for _, path := range made {
		_ = os.Remove(path) // fails where there is something in it: then it is not ours alone
	}
}

// families are the two rulesets of a machine.
var families = []string{"iptables", "ip6tables"}

// saveRules keeps the machine's rulesets as they are before k3s starts. Without the programs there is none to compare.
func (p *Platform) saveRules(ctx context.Context, dir string) error {
	for _, family := range families {
		path, err := exec.LookPath(family + "-save")
		if err != nil {
			continue
		}
		rules, err := p.Runner.Run(ctx, tools.Command{Path: path})
		if err != nil {
			return fmt.Errorf("saving the machine's packet filter: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, family+".before"), rules, 0o600); err != nil {
			return fmt.Errorf("saving the machine's packet filter: %w", err)
		}
	}
	return nil
}

// restoreRules removes from the rulesets what k3s has added and has left there.
func (p *Platform) restoreRules(ctx context.Context, dir string) error {
	for _, family := range families {
		before, err := os.ReadFile(filepath.Join(dir, family+".before"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("restoring the packet filter: %w", err)
		}
		if err := p.restoreFamily(ctx, family, before); err != nil {
			return fmt.Errorf("restoring the packet filter: %w", err)
		}
	}
	return nil
}

func (p *Platform) restoreFamily(ctx context.Context, family string, before []byte) error {
	save, err := exec.LookPath(family + "-save")
	if err != nil {
		return err
	}
	restore, err := exec.LookPath(family + "-restore")
	if err != nil {
		return err
	}
	now, err := p.Runner.Run(ctx, tools.Command{Path: save})
	if err != nil {
		return err
	}
	if rules := without(now, before); rules != nil {
		_, err = p.Runner.Run(ctx, tools.Command{Path: restore, Stdin: rules})
	}
	return err
}

// clearHost removes what k3s leaves in the machine's network and control groups once its processes are dead.
func (p *Platform) clearHost(ctx context.Context, dir string, groups []string) error {
	var errs []error
	for _, name := range interfaces {
		link, err := netlink.LinkByName(name)
		var absent netlink.LinkNotFoundError
		if errors.As(err, &absent) {
			continue
		}
		if err == nil {
			err = netlink.LinkDel(link)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("removing interface %s: %w", name, err))
		}
	}
	errs = append(errs, p.restoreRules(ctx, dir))
	hierarchies, err := cgroup.Find()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, group := range groups {
		errs = append(errs, hierarchies.Remove(ctx, group))
	}
	return errors.Join(errs...)
}
