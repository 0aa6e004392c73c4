//go:build linux

package node

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
)

// uplink is the node's interface to the other nodes.
const uplink = "eth0"

// setUpNetwork gives the node its address and the ways to the pods of the others. Plain routes suffice: all nodes are
// neighbours on one bridge.
func setUpNetwork(n Node) error {
	if err := raise("lo"); err != nil {
		return err
	}
	if err := writeSysctls(n.Sysctls); err != nil {
		return err
	}
	link, err := netlink.LinkByName(uplink)
	if err != nil {
		return fmt.Errorf("looking for %s: %w", uplink, err)
	}
	if err := addAddress(link, n.Address); err != nil {
		return err
	}
	if err := raise(uplink); err != nil {
		return err
	}
	// Nothing lies beyond the gateway. Programs look for a default route all the same, to learn which interface is the
	// node's (Cilium, for one), and a packet that takes it is refused at once instead of being lost.
	routes := append([]Route{{To: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Via: n.Gateway}}, n.Routes...)
	for _, r := range routes {
		dst, err := netlink.ParseIPNet(r.To.String())
		if err != nil {
			return fmt.Errorf("reading route %v: %w", r, err)
		}
		if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: dst, Gw: r.Via.AsSlice()}); err != nil {
			return fmt.Errorf("adding route to %s via %s: %w", r.To, r.Via, err)
		}
	}
	return nil
}

// raise sets an interface up.
func raise(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("looking for %s: %w", name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("setting %s up: %w", name, err)
	}
	return nil
}

func addAddress(link netlink.Link, address netip.Prefix) error {
	addr, err := netlink.ParseAddr(address.String())
	if err != nil {
		return fmt.Errorf("reading address %s: %w", address, err)
	}
	if err := netlink.AddrAdd(link, addr); err != nil {
		return fmt.Errorf("adding address %s to %s: %w", address, link.Attrs().Name, err)
	}
	return nil
}

// writeSysctls sets values below net/, which belong to the network namespace of whoever writes them.
func writeSysctls(values map[string]string) error {
	for name, value := range values {
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0); err != nil {
			return fmt.Errorf("setting %s to %s: %w", name, value, err)
		}
	}
	return nil
}
