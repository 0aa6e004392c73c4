//go:build linux

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/cgroup"
)

const bridgeName = "nodes"

// InitCgroup is where the cluster init sits below the cluster's cgroup.
const InitCgroup = "/init"

// Namespaces are those a node has to itself, and the cluster's init too, so that the end of either ends all below.
const Namespaces = unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

// runCluster is the cluster init: it joins the nodes by a bridge and lives as long as all of them do.
func runCluster(ctx context.Context, dir string, events *reporter, listener *os.File) error {
	plan, err := ReadPlan(dir)
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the cluster's mounts private: %w", err)
	}
	if err := enterCgroup(plan.Cgroup + InitCgroup); err != nil {
		return err
	}
	bridge, err := makeBridge(plan)
	if err != nil {
		return err
	}
	ended := make(chan error, len(plan.Nodes))
	starter := starter{dir: dir, bridge: bridge, reaper: newReaper(ctx), events: events.out, listener: listener}
	for i, n := range plan.Nodes {
		if err := starter.start(n, fmt.Sprintf("node%d", i), ended); err != nil {
			return fmt.Errorf("starting node %s: %w", n.Name, err)
		}
	}
	events.tell(Event{State: Up})
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended: // half a cluster is of no use: the caller is told, and our end ends the other nodes
		return err
	}
}

// enterCgroup leaves the cgroup of whoever started us: the end of a login session, or of a CI step, must not be ours.
func enterCgroup(path string) error {
	hierarchies, err := cgroup.Find()
	if err != nil {
		return err
	}
	if err := hierarchies.Make(path); err != nil {
		return err
	}
	return hierarchies.Join(path)
}

// makeBridge joins the nodes in the cluster's network namespace.
func makeBridge(plan Plan) (netlink.Link, error) {
	if err := raise("lo"); err != nil {
		return nil, err
	}
	// Forwarding turns a packet for the outside world into an ICMP error at once, instead of a time-out.
	if err := writeSysctls(map[string]string{"net/ipv4/ip_forward": "1"}); err != nil {
		return nil, err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = bridgeName
	bridge := &netlink.Bridge{LinkAttrs: attrs}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("creating bridge: %w", err)
	}
	if err := addAddress(bridge, plan.Bridge); err != nil {
		return nil, err
	}
	return bridge, raise(bridgeName)
}

// starter has what the starts of all nodes share.
type starter struct {
	dir              string
	bridge           netlink.Link
	reaper           *reaper
	events, listener *os.File
}

// start starts the init of a node, connects it to the bridge through port, and then lets it go on.
func (s starter) start(n Node, port string, ended chan<- error) error {
	wait, start, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("opening start pipe: %w", err)
	}
	defer start.Close()
	defer wait.Close()
	log, err := os.OpenFile(Log(s.dir, n.Name, "init"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("opening log: %w", err)
	}
	defer log.Close()
	files := []*os.File{log, log, wait, s.events}
	if n.Forward != "" {
		files = append(files, s.listener)
	}
	pid, done, err := s.reaper.start("/proc/self/exe", []string{NodeInit, s.dir, n.Name}, &os.ProcAttr{
		Dir: "/", Env: os.Environ(), Files: files,
		Sys: &syscall.SysProcAttr{Cloneflags: Namespaces},
	})
	if err != nil {
		return err
	}
	go func() { ended <- fmt.Errorf("node %s: its init %s", n.Name, <-done) }()
	if err := plug(port, pid, s.bridge); err != nil {
		return err
	}
	if _, err := start.Write([]byte{1}); err != nil && !errors.Is(err, unix.EPIPE) {
		return fmt.Errorf("letting the node's init go on: %w", err)
	}
	return nil
}

// plug makes a cable between the bridge and eth0 in the network namespace of pid.
func plug(port string, pid int, bridge netlink.Link) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = port, bridge.Attrs().Index
	cable := &netlink.Veth{LinkAttrs: attrs, PeerName: uplink, PeerNamespace: netlink.NsPid(pid)}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("connecting to the bridge: %w", err)
	}
	return raise(port)
}
