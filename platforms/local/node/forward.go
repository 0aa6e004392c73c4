//go:build linux

package node

import (
	"context"
	"io"
	"net"
	"sync"
)

// forward leads every connection to the listener, which belongs to the machine's network namespace, to address in this
// node's. Between two TCP connections io.Copy moves the bytes inside the kernel.
func forward(ctx context.Context, listener net.Listener, address string) {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		outside, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer outside.Close()
			var dialer net.Dialer
			inside, err := dialer.DialContext(ctx, "tcp", address)
			if err != nil {
				return // the API server is not there (yet): the client sees its connection close, and asks again
			}
			defer inside.Close()
			pipe(outside.(*net.TCPConn), inside.(*net.TCPConn))
		}()
	}
}

// pipe copies both ways and passes on the end of each direction by itself.
func pipe(a, b *net.TCPConn) {
	var both sync.WaitGroup
	for _, way := range [][2]*net.TCPConn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1]) // how a connection broke matters to its ends, not to us
			_ = way[0].CloseWrite()
		})
	}
	both.Wait()
}
