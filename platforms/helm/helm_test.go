package helm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestRequestsEndWithTheirContext(t *testing.T) {
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // a client that is gone shows in the test
		close(arrived)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	client, err := rest.HTTPClientFor(Bound(ctx, &rest.Config{Host: server.URL}, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	<-arrived
	cancel(errors.New("enough"))
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the body ended orderly, although the request's context had not, and ours had")
	}
}

func TestWarningsGoToTheLog(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Warning", `299 - "annotation is deprecated"`)
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	var log bytes.Buffer
	if _, err := New(t.Context(), &rest.Config{Host: server.URL}, &log, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "annotation is deprecated") {
		t.Errorf("the log says %q", &log)
	}
}

// TestEveryCallerHasItsOwnConnection: Helm writes into what it is given, and one chart's version must not reach another's.
func TestEveryCallerHasItsOwnConnection(t *testing.T) {
	g := &getter{Client: &Client{config: &rest.Config{Host: "https://example"}}}
	one, err := g.ToRESTConfig()
	if err != nil {
		t.Fatal(err)
	}
	one.APIPath = "/apis"
	if other, err := g.ToRESTConfig(); err != nil || other.APIPath != "" {
		t.Errorf("the next caller finds APIPath %q, %v", other.APIPath, err)
	}
}
