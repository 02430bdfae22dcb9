package main

import (
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

	"personae/internal/config"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/llmtest"
	"personae/internal/testing/oteltest"
)

// inbound returns a message to a workspace's hook, signed as its sender does.
func inbound(t *testing.T, url string, ws uuid.UUID, secret, body string) *http.Request {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		url+"/hooks/"+ws.String()+"/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Personae-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return request
}

// sendTraced sends a message of the lead Liv, within a trace of the sender's.
func (s *server) sendTraced(ws uuid.UUID, secret, id, words string) {
	s.Helper()
	body := fmt.Sprintf(`{"externalId": %q, "channel": "email", "body": %q, "sentAt": %q,
		"lead": {"externalId": "lead-of-theirs", "firstName": "Livia", "lastName": "Strandberg",
			"email": "livia@strandberg.example", "company": "Strandberg Shipping"}}`,
		id, words, time.Now().Format(time.RFC3339))
	request := inbound(s.T, s.url, ws, secret, body)
	request.URL.RawQuery = "tag=querywords"
	request.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	request.Header.Set("Tracestate", "theirs=statewords")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusAccepted {
		s.Fatalf("status %d, %v", response.StatusCode, err)
	}
}

// becomes waits until sql counts n.
func (s *server) becomes(d *dbtest.Database, n int, sql string) {
	s.Helper()
	s.until(sql, func() bool { return d.Count(s.T, sql) == n })
}

// workspaceWithHook returns a workspace that takes messages, and the secret that signs
// them.
func workspaceWithHook(t *testing.T, d *dbtest.Database, name string) (postgres.Access, string) {
	t.Helper()
	ws, secret := d.Workspace(t, name), "whsec_"+uuid.NewString()+uuid.NewString()
	if err := d.MakeInboundSecret(t.Context(), ws, secret); err != nil {
		t.Fatal(err)
	}
	return ws, secret
}

// modelSettings are the environment's variables that have the server ask this model.
func modelSettings(c config.LLM) []string {
	return []string{"PERSONAE_LLM_BASE_URL=" + c.BaseURL, "PERSONAE_LLM_API_KEY=" + string(c.APIKey),
		"PERSONAE_LLM_MODEL=" + c.Model}
}

// TestAMessageIsOneTraceFromRequestToModelWithoutAWord runs the program with a
// model that answers the first message and rejects the second.
func TestAMessageIsOneTraceFromRequestToModelWithoutAWord(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws, secret := workspaceWithHook(t, d, "Harborworkspace")
	voice := persona.Voice{DisplayName: "Zebedee", Greeting: "Ahoy {firstName}", Signature: "Yours nautically",
		Goals: "Sell boats"}
	if _, err := d.Create(t.Context(), ws, persona.Content{Name: "Captain", Voice: voice}, false); err != nil {
		t.Fatal(err)
	}
	llm := llmtest.Start(t, llmtest.Answer("Answerwords of the model."),
		llmtest.Fails(http.StatusUnauthorized, "invalid_api_key", "")).LLM()
	collector := oteltest.Start(t)
	s := serve(t, append(modelSettings(llm), "PERSONAE_DATABASE_URL="+d.URL,
		"PERSONAE_TRACING_ENDPOINT="+collector.URL))
	s.sendTraced(ws.Workspace(), secret, "first-of-theirs", "What does the dinghy cost?")
	s.becomes(d, 1, `select count(*) from drafts where state = 'waiting'`)
	s.sendTraced(ws.Workspace(), secret, "second-of-theirs", "Is the dinghy blue?")
	s.becomes(d, 1, `select count(*) from drafts where state = 'unmade'`)
	s.get(s.url + "/reset/tokenwords?q=querywords")
	s.stop()

	got := traced{t, collector.Spans(), s.log.String()}
	got.areWhole()
	requests := got.named("POST /hooks/:ws/messages")
	if len(requests) != 2 {
		t.Fatalf("%d requests in %+v", len(requests), got.spans)
	}
	got.request(requests[0])
	got.request(requests[1])
	got.job(requests[0], "", "int_value:200")
	got.job(requests[1], "rejected", "int_value:401")
	if !strings.Contains(got.log, "msg=draft personaSource=default") ||
		!regexp.MustCompile(`msg=draft .*traceId=`+requests[0].Trace).MatchString(got.log) {
		t.Errorf("the draft's line has not its trace: %s", got.log)
	}
	raw := collector.Raw()
	for _, word := range []string{"Livia", "livia", "trandberg", "dinghy", "of-theirs", "Harborworkspace", "Zebedee",
		"Ahoy", "nautically", "boats", "Captain", "Answerwords", secret, string(llm.APIKey), "querywords", "tokenwords",
		"statewords", ws.Workspace().String()} {
		if strings.Contains(raw, word) {
			t.Errorf("the traces hold %q", word)
		}
	}
}

// traced is what a server said it did: its spans and its log.
type traced struct {
	*testing.T
	spans []oteltest.Span
	log   string
}

func (g traced) named(name string) []oteltest.Span {
	return slices.DeleteFunc(slices.Clone(g.spans), func(s oteltest.Span) bool { return s.Name != name })
}

// below returns the spans right below parent whose names begin so.
func (g traced) below(parent oteltest.Span, name string) []oteltest.Span {
	return slices.DeleteFunc(slices.Clone(g.spans), func(s oteltest.Span) bool {
		return s.Trace != parent.Trace || s.Parent != parent.ID || !strings.HasPrefix(s.Name, name)
	})
}

// areWhole fails for spans that may quote somebody or have lost their trace.
func (g traced) areWhole() {
	g.Helper()
	for _, s := range g.spans {
		if s.Events > 0 {
			g.Errorf("%s has events, which may quote somebody", s.Name)
		}
		isParent := func(p oteltest.Span) bool { return p.ID == s.Parent && p.Trace == s.Trace }
		if s.Parent != "" && !slices.ContainsFunc(g.spans, isParent) {
			g.Errorf("%s has a parent that nobody sent", s.Name)
		}
		if s.Parent == "" && (strings.HasPrefix(s.Name, "SELECT") || strings.HasPrefix(s.Name, "WITH")) {
			g.Errorf("a statement makes a trace of its own: %+v", s)
		}
	}
}

// request fails unless a message's request begins a trace of ours, with its
// statements, that its line in the log names.
func (g traced) request(r oteltest.Span) {
	g.Helper()
	if r.Parent != "" || r.Trace == "0123456789abcdef0123456789abcdef" {
		g.Errorf("somebody outside chose the trace: %+v", r)
	}
	if r.About["http.response.status_code"] != "int_value:202" ||
		!strings.Contains(g.log, "requestId="+r.About["personae.request.id"]+" method=POST") ||
		!regexp.MustCompile(`msg=request .*traceId=`+r.Trace).MatchString(g.log) {
		g.Errorf("the request and its log line do not find each other: %+v", r)
	}
	if len(g.below(r, "BATCH")) < 2 || len(g.below(r, "SELECT")) < 1 {
		g.Errorf("the request has no statements: %+v", g.below(r, ""))
	}
	if !slices.ContainsFunc(g.below(r, "BATCH"), func(s oteltest.Span) bool {
		return strings.Contains(s.About["db.query.text"], "into messages")
	}) {
		g.Errorf("the request does not show its statements: %+v", r)
	}
}

// job fails unless a message's request leads on to one job that reads, asks the
// model and writes, where job and model end with this fault and the model's service
// with this status.
func (g traced) job(request oteltest.Span, fault, status string) {
	g.Helper()
	jobs := g.below(request, "job draft")
	if len(jobs) != 1 {
		g.Fatalf("the request leads on to %d jobs: %+v", len(jobs), request)
	}
	asked := g.below(jobs[0], "chat test-model")
	if len(asked) != 1 || len(g.below(jobs[0], "BATCH")) != 1 || len(g.below(jobs[0], "UPDATE")) != 1 {
		g.Fatalf("the job has not a batch, a model and an update: %+v", g.below(jobs[0], ""))
	}
	if asked[0].Failed != fault || jobs[0].Failed != fault {
		g.Errorf("the job failed as %q, its model as %q, want %q", jobs[0].Failed, asked[0].Failed, fault)
	}
	if got := strings.ReplaceAll(asked[0].About["http.response.status_code"], " ", ""); got != status {
		g.Errorf("the model's status is %s, want %s: %+v", got, status, asked[0].About)
	}
}

// TestACollectorThatHangsHoldsNobody has a collector that takes connections and
// never answers.
func TestACollectorThatHangsHoldsNobody(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws, secret := workspaceWithHook(t, d, "Harbor")
	hangs, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hangs.Close()
	s := serve(t, []string{"PERSONAE_DATABASE_URL=" + d.URL,
		"PERSONAE_TRACING_ENDPOINT=http://" + hangs.Addr().String()})
	s.sendTraced(ws.Workspace(), secret, "m-1", "What does it cost?")
	s.becomes(d, 1, `select count(*) from drafts where state = 'waiting'`)
	s.stop()
	if log := s.log.String(); strings.Count(log, "traces could not be sent") > 2 {
		t.Errorf("the log is full of it: %s", log)
	}
}

func TestABadCollectorIsReportedAtStartAndShown(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"127.0.0.1:4318", "grpc://h:4317", "https://h/?key=hunter2"} {
		code, _, errs := personae(t, []string{"PERSONAE_TRACING_ENDPOINT=" + endpoint}, "", "serve")
		if code != 1 || !strings.Contains(errs,
			"[tracing] endpoint in PERSONAE_TRACING_ENDPOINT: write an http or https URL") || strings.Contains(errs, "hunter2") {
			t.Errorf("%s: exit %d: %s", endpoint, code, errs)
		}
	}
	if _, out, _ := personae(t, []string{"PERSONAE_TRACING_ENDPOINT=http://h:4318"}, "", "config"); !strings.Contains(out,
		"[tracing]\n# PERSONAE_TRACING_ENDPOINT\nendpoint = http://h:4318\n") {
		t.Error(out)
	}
}
