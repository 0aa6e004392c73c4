//go:build linux

package node

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	listen(t, "unix", socket)
	tcp := listen(t, "tcp", "127.0.0.1:0")
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/never" || asked.Add(1) < 3 { // ready when asked for the third time
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(dir, "ca.crt")
	pemCert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, pemCert, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		gate Gate
		open bool
	}{
		{"none", Gate{}, true},
		{"socket", Gate{Unix: socket}, true},
		{"no socket", Gate{Unix: socket + "-not"}, false},
		{"port", Gate{TCP: tcp}, true},
		{"address that becomes ready", Gate{URL: server.URL, CA: ca}, true},
		{"address that never does", Gate{URL: server.URL + "/never", CA: ca}, false},
		{"server of another authority", Gate{URL: server.URL, CA: os.DevNull}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			limit := 10 * time.Second
			if !tc.open {
				limit = 3 * gatePeriod
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if err := tc.gate.await(ctx); (err == nil) != tc.open {
				t.Errorf("got %v, want open %v", err, tc.open)
			}
		})
	}
}

// listen accepts and forgets; it returns the address.
func listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return l.Addr().String()
}
