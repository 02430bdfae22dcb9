package web_test

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"personae/internal/testing/oteltest"
	"personae/internal/tracing"
	"personae/web"
)

func TestOnlyATrustedProxyBringsItsTraceAndFailuresAreMarked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		trace   string // that the proxy names; empty: another
	}{
		"from anybody":  {nil, ""},
		"from a proxy":  {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "0123456789abcdef0123456789abcdef"},
		"from no proxy": {[]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collector := oteltest.Start(t)
			spans, err := tracing.Start(t.Context(), collector.URL, "1", slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			s := newSite(t, func(o *web.Options) { o.Tracer, o.TrustedProxies = spans.Tracer(), test.trusted })
			ask := func(method, path string) {
				t.Helper()
				request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
				request.Header.Set("Tracestate", "theirs=words")
				request.AddCookie(&http.Cookie{Name: "personae", Value: "words"})
				s.client(t).do(request)
			}
			ask(http.MethodGet, "/livez")
			ask(http.MethodGet, "/static/app.css")
			ask("WORDS", "/nowhere/words")
			s.Close()
			ask(http.MethodGet, "/reset/words")
			spans.Stop(t.Context())
			var got []string
			for _, span := range collector.Spans() {
				if span.Parent == "" || strings.HasPrefix(span.Name, "GET") {
					got = append(got, strings.TrimSpace(span.Name+" "+span.Failed))
				}
				if (span.Trace == "0123456789abcdef0123456789abcdef") != (test.trace != "") {
					t.Errorf("%s is in the trace %s", span.Name, span.Trace)
				}
			}
			if test.trace == "" {
				same(t, "spans", got, []string{"other", "GET /reset/:token 500"})
			}
			if len(collector.Spans()) < 2 || strings.Contains(collector.Raw(), "words") ||
				strings.Contains(collector.Raw(), "WORDS") {
				t.Errorf("the traces hold what somebody typed, or nothing: %d spans", len(collector.Spans()))
			}
		})
	}
}
