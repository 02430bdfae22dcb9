// Package oteltest is an OpenTelemetry collector on loopback for tests: it takes
// traces by OTLP over HTTP and keeps them.
package oteltest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span as the collector got it.
type Span struct {
	Name              string
	Trace, ID, Parent string // hexadecimal; an empty Parent: it began the trace
	Failed            string // the word that says how; empty: it did not
	About             map[string]string
	Events            int
}

// Collector keeps the spans that it was sent.
type Collector struct {
	URL     string
	mu      sync.Mutex
	spans   []Span
	raw     strings.Builder
	headers http.Header
}

// Start returns a Collector that runs until the test ends. A request that is no
// export of traces fails the test.
func Start(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
			t.Errorf("%s %s is no export of traces: %v", r.Method, r.URL.Path, err)
			return
		}
		c.keep(r.Header, body, &sent)
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func (c *Collector) keep(headers http.Header, body []byte, sent *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headers = headers
	c.raw.Write(body)
	for _, resource := range sent.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				span := Span{Name: s.Name, Trace: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId),
					Parent: hex.EncodeToString(s.ParentSpanId),
					About:  map[string]string{}, Events: len(s.Events)}
				if s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR {
					span.Failed = s.Status.Message
				}
				for _, a := range s.Attributes {
					span.About[a.Key] = a.Value.GetStringValue()
					if span.About[a.Key] == "" {
						span.About[a.Key] = a.Value.String()
					}
				}
				c.spans = append(c.spans, span)
			}
		}
	}
}

// Spans returns the spans so far, in the order in which they ended.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Raw returns every byte so far, to look for words that must not be there.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// Header returns a header of the last request.
func (c *Collector) Header(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.headers.Get(name)
}
