//go:build linux

package engine

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

func TestNobodyHasAName(t *testing.T) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(nobody)}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { packets.Close() })
	question := new(dns.Msg)
	question.SetQuestion("somebody.example.", dns.TypeA)
	answer, err := dns.Exchange(question, packets.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if answer.Rcode != dns.RcodeNameError {
		t.Errorf("the answer is %s, want NXDOMAIN", dns.RcodeToString[answer.Rcode])
	}
}

// TestForget: containers of a killed engine are forgotten, since it would start them again; images stay.
func TestForget(t *testing.T) {
	data := t.TempDir()
	for _, dir := range []string{"containers/0123", "network/files", "volumes/4567", "image/overlay2"} {
		if err := os.MkdirAll(filepath.Join(data, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := forget(data); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if diff := cmp.Diff([]string{"image"}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestRunIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("without root everything is refused")
	}
	t.Run("where no directory can be", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		err := Run(t.Context(), Options{Home: filepath.Join(file, "home"), Command: []string{"true"}})
		if err == nil || !strings.Contains(err.Error(), "creating the engine's directory") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("outside its namespaces", func(t *testing.T) {
		if err := RunInit(t.Context(), "{}"); err == nil || !strings.Contains(err.Error(), "engine run") {
			t.Errorf("got %v", err)
		}
	})
}
