package tracing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/testing/oteltest"
	"personae/internal/tracing"
)

var quiet = slog.New(slog.DiscardHandler)

// TestTheEnvironmentSaysHowAndNeitherWhetherNorWhereTo changes the environment, so
// it runs alone.
func TestTheEnvironmentSaysHowAndNeitherWhetherNorWhereTo(t *testing.T) {
	theirs, ours := oteltest.Start(t), oteltest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", theirs.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", theirs.URL+"/v1/traces")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-collector")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
	none, err := tracing.Start(t.Context(), "", "1.2", quiet)
	if err != nil || none != nil || none.Tracer() != nil || none.Logger(quiet) != quiet {
		t.Fatalf("without an endpoint there is a tracer: %v, %v", none, err)
	}
	none.Stop(t.Context())
	for _, endpoint := range []string{ours.URL, ours.URL + "/", ours.URL + "/v1/traces"} {
		spans, err := tracing.Start(t.Context(), endpoint, "1.2", quiet)
		if err != nil {
			t.Fatal(err)
		}
		_, span := spans.Tracer().Start(t.Context(), "span of "+endpoint)
		span.End()
		spans.Stop(t.Context())
	}
	if len(ours.Spans()) != 3 || len(theirs.Spans()) != 0 || ours.Header("X-Key") != "of-the-collector" {
		t.Errorf("we got %d spans with the key %q, they %d", len(ours.Spans()), ours.Header("X-Key"), len(theirs.Spans()))
	}
	for _, about := range []string{"service.name", "personae", "service.version", "1.2", "staging"} {
		if !strings.Contains(ours.Raw(), about) {
			t.Errorf("the collector does not hear %s", about)
		}
	}
}

func TestACollectorThatRefusesIsToldOnceInTheLog(t *testing.T) {
	t.Parallel()
	refuses := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(refuses.Close)
	var log bytes.Buffer
	spans, err := tracing.Start(t.Context(), refuses.URL, "1", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 { // several batches
		_, span := spans.Tracer().Start(t.Context(), "span")
		span.End()
	}
	spans.Stop(t.Context())
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "traces could not be sent") {
		t.Errorf("the log:\n%s", got)
	}
}

func TestAPanicLeavesNoWordInItsSpan(t *testing.T) {
	t.Parallel()
	collector := oteltest.Start(t)
	spans, err := tracing.Start(t.Context(), collector.URL, "1", quiet)
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_, span := spans.Tracer().Start(t.Context(), "span")
		defer span.End()
		panic("secret words")
	}()
	spans.Stop(t.Context())
	if len(collector.Spans()) != 1 || strings.Contains(collector.Raw(), "secret") {
		t.Errorf("%+v", collector.Spans())
	}
}

func TestAWordForAnErrorHoldsNothingOfItsText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"23505": fmt.Errorf("storing: %w",
			&pgconn.PgError{Code: "23505", Message: "Key (email)=(liv@example.com) already exists"}),
		"canceled":            fmt.Errorf("liv: %w", context.Canceled),
		"timeout":             fmt.Errorf("liv: %w", context.DeadlineExceeded),
		"*errors.errorString": errors.New("liv"),
	} {
		if got := tracing.Word(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAJobCarriesItsSpanBesideWhatItHad(t *testing.T) {
	t.Parallel()
	const parent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
	ctx := tracing.Under(t.Context(), parent)
	for had, want := range map[string]string{
		"":                `{"traceparent":"` + parent + `"}`,
		`{"a":{"b":"c"}}`: `{"a":{"b":"c"},"traceparent":"` + parent + `"}`,
		"[]":              "[]",
	} {
		if diff := cmp.Diff(want, string(tracing.Pack(ctx, []byte(had)))); diff != "" {
			t.Errorf("%s: %s", had, diff)
		}
	}
	if got := tracing.Pack(t.Context(), []byte(`{"a":1}`)); string(got) != `{"a":1}` {
		t.Errorf("without a span: %s", got)
	}
	if again := tracing.Pack(tracing.Unpack(t.Context(), tracing.Pack(ctx, nil)),
		nil); string(again) != `{"traceparent":"`+parent+`"}` {
		t.Errorf("it comes back as %s", again)
	}
	for _, nothing := range []string{"", "{}", `{"traceparent":3}`, `{"traceparent":"nonsense"}`} {
		if got := tracing.Unpack(t.Context(), []byte(nothing)); tracing.Pack(got, nil) != nil {
			t.Errorf("%s names a span", nothing)
		}
	}
}
