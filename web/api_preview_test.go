package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/testing/llmtest"
	"personae/web"
)

// previews returns the answer to a program's preview.
func (a *told) previews() []map[string]any {
	a.t.Helper()
	var all []map[string]any
	for _, p := range a.is(http.StatusOK).data.([]any) {
		all = append(all, p.(map[string]any))
	}
	return all
}

func TestAProgramTriesPersonasAndNothingIsStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, form := s.tried(t)
	empty := s.Workspace(t, "Empty")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting) values ($1, 'Moin {firstName}') on conflict (workspace_id) do update set ai_greeting = excluded.ai_greeting`, empty.Workspace())
	lead, _ := s.drafted(t, ws)
	foreign, _ := s.drafted(t, empty)
	message := func(lead string) string {
		return s.words(t, `select id::text from messages where lead_id = '`+lead+`'`)
	}
	s.Exec(t, `update messages set channel = 'sms' where lead_id = $1`, lead)
	token, elsewhere := s.token(t, ws, "read"), s.token(t, empty, "read")
	single := s.Workspace(t, "Single")
	only, alone := s.NewPersona(t, single, "Only").ID.String(), s.token(t, single, "read")
	before := s.Snapshot(t, "api_tokens")
	try := func(body string) *told {
		t.Helper()
		return s.ask(t, token, "POST", api(ws, "preview"), body)
	}
	left, right := form.Get("left"), form.Get("right")
	both := try(`{"personaIds": ["` + right + `", "` + left + `"], "message": "Geheim?", "firstName": "Liv"}`).previews()
	same(t, "drafts", len(both), 2)
	for i, name := range []string{"Second", "First"} {
		same(t, "who", []any{both[i]["name"], both[i]["personaName"], both[i]["by"], both[i]["problem"],
			both[i]["segments"]}, []any{name, "Harbor", "composer", nil, float64(0)})
		if text := both[i]["text"].(string); !strings.HasPrefix(text, "Hello from "+name) ||
			!strings.Contains(text, "“Geheim?”") {
			t.Errorf("text: %s", text)
		}
	}
	one := try(`{"message": ""}`).previews()
	same(t, "the default speaks", []any{len(one), one[0]["personaId"]}, []any{1, left})
	came := try(`{"messageId": "` + message(lead) + `"}`).previews()[0]
	if !strings.Contains(came["text"].(string), "What does it cost?") || came["segments"].(float64) < 1 {
		t.Errorf("of a message that came in: %v", came)
	}
	same(t, "by another channel", try(`{"messageId": "` + message(lead) +
		`", "channel": "email"}`).previews()[0]["segments"], any(float64(0)))
	settings := s.ask(t, elsewhere, "POST", api(empty, "preview"), `{"message": "Hi", "firstName": "Liv"}`).previews()[0]
	same(t, "the settings speak", []any{settings["personaId"], settings["name"], settings["personaName"]},
		[]any{nil, nil, "Empty"})
	if !strings.HasPrefix(settings["text"].(string), "Moin Liv") {
		t.Errorf("of the settings: %v", settings)
	}

	for body, field := range map[string]string{
		``:   "message",
		`{}`: "message",
		`{"message": "a", "messageId": "` + message(lead) + `"}`:                          "message",
		`{"messageId": "` + message(lead) + `", "firstName": "Liv"}`:                      "messageId",
		`{"message": "a", "channel": "pigeon"}`:                                           "channel",
		`{"message": "a", "personaIds": ["` + left + `","` + left + `","` + right + `"]}`: "personaIds",
		`{"message": "a\u0000"}`:                                                          "message",
		`{"message": "` + strings.Repeat("x", 20001) + `"}`:                               "message",
		`{"message": "a", "firstName": "a\nb"}`:                                           "firstName",
		`{"message": "a", "company": "` + strings.Repeat("x", 201) + `"}`:                 "company",
	} {
		refused := try(body).refused(http.StatusUnprocessableEntity, "invalid")
		if refused.Fields[field] == "" {
			t.Errorf("%.80s: %s", body, refused.body)
		}
	}
	for _, nowhere := range []string{`{"messageId": "` + message(foreign) + `"}`, `{"messageId": "x"}`,
		`{"message": "a", "personaIds": ["` + uuid.NewString() + `"]}`, `{"message": "a", "personaIds": ["x"]}`} {
		try(nowhere).refused(http.StatusNotFound, "not_found")
	}
	s.ask(t, elsewhere, "POST", api(empty, "preview"),
		`{"message": "a", "personaIds": ["`+left+`"]}`).refused(http.StatusNotFound, "not_found")
	s.ask(t, alone, "POST", api(single, "preview"), `{"message": "a", "personaIds": ["`+only+`", "`+left+`"]}`).refused(http.StatusNotFound, "not_found")
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
	if strings.Contains(s.log.String(), "Geheim") || strings.Contains(s.log.String(), "Liv") {
		t.Error("the log holds words")
	}
}

// TestAPreviewSentAgainIsNotWrittenAgain keeps the answer where a program asks
// for it: a model costs money and would write something else.
func TestAPreviewSentAgainIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	model := llmtest.Start(t, llmtest.Answer("One."), llmtest.Answer("Two."))
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	token := s.token(t, ws, "read")
	body := `{"message": "Geheim?"}`
	first := s.ask(t, token, "POST", api(ws, "preview"), body, key+"k")
	same(t, "by", first.previews()[0]["by"], any("model"))
	left, err := s.PersonasPage(t.Context(), ws, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range left.Personas {
		if _, err := s.Delete(t.Context(), ws, p.ID, 0, uuid.NullUUID{}); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "again, without a persona", s.ask(t, token, "POST", api(ws, "preview"), body,
		key+"k").is(http.StatusOK).body, first.body)
	same(t, "asked", len(model.Asked()), 1)
	s.ask(t, token, "POST", api(ws, "preview"), `{"message": "Geheim!"}`,
		key+"k").refused(http.StatusUnprocessableEntity, "idempotency_mismatch")
	other := s.ask(t, s.token(t, ws, "read"), "POST", api(ws, "preview"), body, key+"k").previews()
	if other[0]["text"] == first.previews()[0]["text"] || len(model.Asked()) != 2 {
		t.Errorf("another token is given %v", other)
	}
	same(t, "kept by tokens alone", s.Count(t, `select count(*) from idempotency_keys where event_id is null`), 2)
	s.ask(t, token, "POST", api(ws, "preview"), `{"message": "a", "personaIds": ["`+form.Get("left")+`"]}`,
		key+"free").refused(http.StatusNotFound, "not_found")
	s.ask(t, token, "POST", api(ws, "preview"), `{"message": "a"}`, key+"free").is(http.StatusOK)

	s.Exec(t, `update api_tokens set revoked_at = now()`)
	s.ask(t, token, "POST", api(ws, "preview"), body, key+"k").refused(http.StatusUnauthorized, "unauthorized")
}

func TestAProgramIsToldWhatAModelCouldNotDo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, f := range llmtest.Faults("It depends on a thing or two.") {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			ws, _ := s.tried(t) // its own, as one may have only so many previews written at once
			llm := llmtest.Start(t, f.Reply).LLM()
			if f.Timeout != 0 {
				llm.Timeout = f.Timeout
			}
			p := s.again(t, llm, 0).ask(t, s.token(t, ws, "read"), "POST", api(ws, "preview"),
				`{"message": "Geheim?"}`).previews()[0]
			same(t, "told", []any{p["by"], p["problem"]}, []any{"composer", "No answer of the model could be used: " +
				f.Want.Error() + "."})
			if text := p["text"].(string); !strings.Contains(text, "“Geheim?”") || strings.Contains(text, "It depends") {
				t.Errorf("text: %s", text)
			}
		})
	}
}

func TestProgramsWaitForTheirTurnWithTheModel(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	stalled := make(chan struct{}, 10)
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		stalled <- struct{}{}
		<-release
		llmtest.Answer("It depends.")(w, r, a)
	})
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	token := s.token(t, ws, "read")
	body := `{"message": "a", "personaIds": ["` + form.Get("left") + `"]}`
	var under sync.WaitGroup
	for range 2 {
		under.Go(func() { s.ask(t, token, "POST", api(ws, "preview"), body).previews() })
	}
	both(t, stalled)
	refused := s.ask(t, token, "POST", api(ws, "preview"), body).refused(http.StatusTooManyRequests, "busy")
	if refused.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	other := s.token(t, ws, "read")
	under.Go(func() { s.ask(t, other, "POST", api(ws, "preview"), body).previews() })
	<-stalled
	close(release)
	under.Wait()
	s.ask(t, token, "POST", api(ws, "preview"), body).previews()
}

// TestAModelMayTakeLongerThanAnyRequest waits for one longer than a request
// waits for the database.
func TestAModelMayTakeLongerThanAnyRequest(t *testing.T) {
	t.Parallel()
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		time.Sleep(web.RequestTime + time.Second)
		llmtest.Answer("It depends.")(w, r, a)
	})
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	b := s.as(t, ws.Workspace(), access.Member)
	token := s.token(t, ws, "read")
	var under sync.WaitGroup
	under.Go(func() { b.post(at(ws, "preview"), form).is(http.StatusOK).says("It depends.") })
	under.Go(func() {
		if _, streamed, done := b.streamed(at(ws, "preview"), form); !done || !strings.Contains(streamed[0], "It depends.") {
			t.Errorf("streamed: %q", streamed)
		}
	})
	under.Go(func() {
		first := s.ask(t, token, "POST", api(ws, "preview"), `{"message": "a"}`, key+"slow")
		same(t, "by", first.previews()[0]["by"], any("model"))
		same(t, "kept", s.ask(t, token, "POST", api(ws, "preview"), `{"message": "a"}`, key+"slow").is(http.StatusOK).body,
			first.body)
	})
	under.Wait()
	same(t, "asked", len(model.Asked()), 5)
}
