//go:build linux

package local

import (
	"fmt"
	"net/netip"
)

// Every cluster has the same addresses: they exist only in its namespaces, so neither the machine nor another cluster
// meets them.
const (
	nodeNet    = "172.29.0.0/24"
	podNet     = "10.244.0.0/16" // a /24 of it per node
	serviceNet = "10.96.0.0/16"
	apiService = "10.96.0.1" // the first address of serviceNet, which the API server takes for itself
	clusterDNS = "10.96.0.10"
	apiPort    = 6443
)

func bridgeAddress() netip.Prefix { return netip.MustParsePrefix("172.29.0.1/24") }

func nodeAddress(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 29, 0, byte(10 + i)}), 24)
}

func nodePods(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 244, byte(i), 0}), 24)
}

func nodeName(cluster string, i int) string { return fmt.Sprintf("%s-%d", cluster, i) }

func apiAddress() string { return netip.AddrPortFrom(nodeAddress(0).Addr(), apiPort).String() }
