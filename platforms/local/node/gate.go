//go:build linux

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	gatePeriod  = 25 * time.Millisecond // a local dial costs microseconds, a late start costs everybody
	gateTimeout = time.Second           // one attempt; the server may be busy starting
)

// await returns when the gate is open. Nothing announces that a server has begun to answer, so it asks again and again.
func (g Gate) await(ctx context.Context) error {
	if g == (Gate{}) {
		return nil
	}
	var client http.Client
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(gatePeriod)
	defer ticker.Stop()
	for {
		if err := g.try(ctx, &client); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// try asks once. Any answer but 200 means not yet: /readyz itself is forbidden until RBAC has been set up.
func (g Gate) try(ctx context.Context, client *http.Client) error {
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	switch {
	case g.Unix != "":
		return dial(ctx, "unix", g.Unix)
	case g.TCP != "":
		return dial(ctx, "tcp", g.TCP)
	}
	// One transport for all attempts, so that a server about to be ready does not see a handshake each time.
	if client.Transport == nil {
		roots, err := readRoots(g.CA)
		if err != nil {
			return err
		}
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL, nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", g.URL, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking %s: %w", g.URL, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking %s: %s", g.URL, response.Status)
	}
	return nil
}

func dial(ctx context.Context, network, address string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return fmt.Errorf("dialling: %w", err)
	}
	return conn.Close()
}

func readRoots(path string) (*x509.CertPool, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, errors.New("reading authority: no certificate in " + path)
	}
	return roots, nil
}
