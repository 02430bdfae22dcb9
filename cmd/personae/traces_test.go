package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/llmtest"
	"personae/internal/testing/oteltest"
)

// serving runs the program until the test ends or stop is called, which gives its
// log.
func serving(t *testing.T, env []string) (url string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs syncBuffer
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"serve"}, append(env, "PERSONAE_SERVER_ADDR=127.0.0.1:0"), strings.NewReader(""), &out, &errs)
	}()
	stopped := false
	stop = func() string {
		if cancel(); !stopped {
			if stopped = true; <-exit != 0 {
				t.Errorf("it did not end well: %s", errs.String())
			}
		}
		return errs.String()
	}
	t.Cleanup(func() { stop() })
	ready := regexp.MustCompile(`personae is ready: (http://\S+)`)
	for deadline := time.Now().Add(30 * time.Second); !ready.MatchString(out.String()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %s", errs.String())
		}
	}
	return ready.FindStringSubmatch(out.String())[1], stop
}

// sends sends a message of the lead Liv to a workspace's hook.
func sends(t *testing.T, url string, ws uuid.UUID, secret, id, words string) {
	t.Helper()
	body := fmt.Sprintf(`{"externalId": %q, "channel": "email", "body": %q, "sentAt": %q,
		"lead": {"externalId": "lead-of-theirs", "firstName": "Livia", "lastName": "Strandberg", "email": "livia@strandberg.example", "company": "Strandberg Shipping"}}`,
		id, words, time.Now().Format(time.RFC3339))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/hooks/"+ws.String()+"/messages?tag=querywords", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Personae-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	request.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	request.Header.Set("Tracestate", "theirs=statewords")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d, %v", answer.StatusCode, err)
	}
}

func becomes(t *testing.T, d *dbtest.Database, n int, sql string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); d.Count(t, sql) != n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not %d: %s", n, sql)
		}
	}
}

// TestAMessageIsOneTraceFromRequestToModelWithoutAWord runs the program with a
// model that answers the first message and rejects the second.
func TestAMessageIsOneTraceFromRequestToModelWithoutAWord(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws := d.Workspace(t, "Harborworkspace")
	secret := "whsec_" + uuid.NewString()
	if err := d.MakeInboundSecret(t.Context(), ws, secret); err != nil {
		t.Fatal(err)
	}
	voice := persona.Voice{DisplayName: "Zebedee", Greeting: "Ahoy {firstName}", Signature: "Yours nautically", Goals: "Sell boats"}
	if _, err := d.Create(t.Context(), ws, persona.Content{Name: "Captain", Voice: voice}, false); err != nil {
		t.Fatal(err)
	}
	model := llmtest.Start(t, llmtest.Answer("Answerwords of the model."), llmtest.Fails(http.StatusUnauthorized, "invalid_api_key", ""))
	collector := oteltest.Start(t)
	llm := model.LLM()
	url, stop := serving(t, []string{"PERSONAE_DATABASE_URL=" + d.URL, "PERSONAE_TRACING_ENDPOINT=" + collector.URL,
		"PERSONAE_LLM_BASE_URL=" + llm.BaseURL, "PERSONAE_LLM_API_KEY=" + string(llm.APIKey), "PERSONAE_LLM_MODEL=" + llm.Model})
	sends(t, url, ws.Workspace(), secret, "first-of-theirs", "What does the dinghy cost?")
	becomes(t, d, 1, `select count(*) from drafts where state = 'waiting'`)
	sends(t, url, ws.Workspace(), secret, "second-of-theirs", "Is the dinghy blue?")
	becomes(t, d, 1, `select count(*) from drafts where state = 'failed'`)
	if answer, err := http.Get(url + "/reset/tokenwords?q=querywords"); err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	log := stop()

	spans := collector.Spans()
	below := func(parent oteltest.Span, name string) (found []oteltest.Span) {
		for _, s := range spans {
			if s.Trace == parent.Trace && s.Parent == parent.ID && strings.HasPrefix(s.Name, name) {
				found = append(found, s)
			}
		}
		return found
	}
	var requests []oteltest.Span
	for _, s := range spans {
		if s.Name == "POST /hooks/:ws/messages" {
			requests = append(requests, s)
		}
		if s.Events > 0 {
			t.Errorf("%s has events, which may quote somebody", s.Name)
		}
	}
	if len(requests) != 2 {
		t.Fatalf("%d requests in %+v", len(requests), spans)
	}
	for i, request := range requests {
		if request.Parent != "" || request.Trace == "0123456789abcdef0123456789abcdef" {
			t.Errorf("somebody outside chose the trace: %+v", request)
		}
		if request.About["http.response.status_code"] != "int_value:202" || !strings.Contains(log, "requestId="+request.About["personae.request.id"]+" method=POST") ||
			!regexp.MustCompile(`msg=request .*traceId=`+request.Trace).MatchString(log) {
			t.Errorf("request %d and its log line do not find each other: %+v", i, request)
		}
		if len(below(request, "INSERT")) < 3 || len(below(request, "SELECT")) < 2 {
			t.Errorf("request %d has no statements", i)
		}
		inserts := slices.ContainsFunc(below(request, "INSERT"), func(s oteltest.Span) bool { return strings.Contains(s.About["db.query.text"], "into messages") })
		if !inserts {
			t.Errorf("request %d does not tell its statements", i)
		}
		jobs := below(request, "job draft")
		if len(jobs) != 1 {
			t.Fatalf("request %d leads on to %d jobs", i, len(jobs))
		}
		asked := below(jobs[0], "chat test-model")
		if len(asked) != 1 || len(below(jobs[0], "BATCH")) != 1 || len(below(jobs[0], "UPDATE")) != 1 {
			t.Fatalf("job %d has not a batch, a model and an update: %+v", i, below(jobs[0], ""))
		}
		if want := []string{"", "rejected"}[i]; asked[0].Failed != want || jobs[0].Failed != want {
			t.Errorf("job %d failed as %q, its model as %q", i, jobs[0].Failed, asked[0].Failed)
		}
		if want := []string{"int_value:200", "int_value:401"}[i]; strings.ReplaceAll(asked[0].About["http.response.status_code"], " ", "") != want {
			t.Errorf("model %d: %+v", i, asked[0].About)
		}
	}
	if !strings.Contains(log, "msg=draft personaSource=default") || !regexp.MustCompile(`msg=draft .*traceId=`+requests[0].Trace).MatchString(log) {
		t.Errorf("the draft's line has not its trace: %s", log)
	}
	raw := collector.Raw()
	for _, word := range []string{"Livia", "livia", "trandberg", "dinghy", "of-theirs", "Harborworkspace", "Zebedee", "Ahoy", "nautically", "boats", "Captain",
		"Answerwords", secret, string(llm.APIKey), "querywords", "tokenwords", "statewords", ws.Workspace().String()} {
		if strings.Contains(raw, word) {
			t.Errorf("the traces hold %q", word)
		}
	}
	for _, s := range spans {
		if s.Parent != "" && !slices.ContainsFunc(spans, func(p oteltest.Span) bool { return p.ID == s.Parent && p.Trace == s.Trace }) {
			t.Errorf("%s has a parent that nobody sent", s.Name)
		}
		if s.Parent == "" && (strings.HasPrefix(s.Name, "SELECT") || strings.HasPrefix(s.Name, "WITH")) {
			t.Errorf("a statement makes a trace of its own: %+v", s)
		}
	}
}

// TestACollectorThatHangsHoldsNobody has a collector that takes connections and
// never answers.
func TestACollectorThatHangsHoldsNobody(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws := d.Workspace(t, "Harbor")
	secret := "whsec_" + uuid.NewString()
	if err := d.MakeInboundSecret(t.Context(), ws, secret); err != nil {
		t.Fatal(err)
	}
	hangs, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hangs.Close()
	url, stop := serving(t, []string{"PERSONAE_DATABASE_URL=" + d.URL, "PERSONAE_TRACING_ENDPOINT=http://" + hangs.Addr().String()})
	sends(t, url, ws.Workspace(), secret, "m-1", "What does it cost?")
	becomes(t, d, 1, `select count(*) from drafts where state = 'waiting'`)
	if log := stop(); strings.Count(log, "traces could not be sent") > 2 {
		t.Errorf("the log is full of it: %s", log)
	}
}

func TestABadCollectorIsToldAtStartAndShown(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"127.0.0.1:4318", "grpc://h:4317", "https://h/?key=hunter2"} {
		code, _, errs := personae(t, []string{"PERSONAE_TRACING_ENDPOINT=" + endpoint}, "", "serve")
		if code != 1 || !strings.Contains(errs, "[tracing] endpoint in PERSONAE_TRACING_ENDPOINT: write an http or https URL") || strings.Contains(errs, "hunter2") {
			t.Errorf("%s: exit %d: %s", endpoint, code, errs)
		}
	}
	if _, out, _ := personae(t, []string{"PERSONAE_TRACING_ENDPOINT=http://h:4318"}, "", "config"); !strings.Contains(out, "[tracing]\n# PERSONAE_TRACING_ENDPOINT\nendpoint = http://h:4318\n") {
		t.Error(out)
	}
}
