//go:build linux

package engine

import (
	"fmt"
	"net"

	"github.com/miekg/dns"
	"github.com/vishvananda/netlink"
)

// resolver is where containers ask for names that the engine does not know: an address of the range for documentation.
const resolver = "192.0.2.53"

// answerNames makes the engine's network answer for the rest of the world. There is no way out, so a name there does
// not exist, and saying so at once is what a resolver with a way out would do; silence would cost every client seconds.
func answerNames(lo netlink.Link) error {
	address, err := netlink.ParseAddr(resolver + "/32")
	if err != nil {
		return fmt.Errorf("reading the resolver's address: %w", err)
	}
	if err := netlink.AddrAdd(lo, address); err != nil {
		return fmt.Errorf("adding the resolver's address: %w", err)
	}
	at := net.JoinHostPort(resolver, "53")
	packets, err := net.ListenPacket("udp", at)
	if err != nil {
		return fmt.Errorf("opening the resolver's port: %w", err)
	}
	streams, err := net.Listen("tcp", at)
	if err != nil {
		return fmt.Errorf("opening the resolver's port: %w", err)
	}
	for _, server := range []*dns.Server{{PacketConn: packets}, {Listener: streams}} {
		server.Handler = dns.HandlerFunc(nobody)
		go func() { _ = server.ActivateAndServe() }() // until the process ends
	}
	return nil
}

// nobody answers that the name does not exist.
func nobody(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg)
	answer.SetRcode(question, dns.RcodeNameError)
	_ = w.WriteMsg(answer) // a client that has gone needs none
}
