//go:build linux

package node

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// TestForwardPassesOnTheEndOfADirection talks to a server that answers only when its client has finished speaking.
func TestForwardPassesOnTheEndOfADirection(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		said, _ := io.ReadAll(conn)
		_, _ = io.WriteString(conn, strings.ToUpper(string(said)))
	}()
	conn := through(t, server.Addr().String())
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || string(answer) != "HELLO" {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestForwardWithoutServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	if answer, _ := io.ReadAll(through(t, address)); len(answer) != 0 {
		t.Errorf("got %q from nobody", answer)
	}
}

func through(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go forward(ctx, listener, address)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}
