package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/config"
	"personae/internal/jobs"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// working has the jobs of a console worked off until the test ends.
func working(t testing.TB, work jobs.Options) {
	t.Helper()
	running, err := jobs.Start(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// jobsOf says how jobs are worked off, without a model.
func jobsOf(s *site) jobs.Options {
	return jobs.Options{DB: s.DB, Log: s.log.Logger(), Draft: compose, Score: scoring.New(config.LLM{}).Score,
		Send: webhook.New(webhook.Options{AllowPrivate: true}).Send, Try: 10 * time.Second, Poll: 50 * time.Millisecond}
}

// TestADayBehindAPooler does once what people and programs do, with nothing but PgBouncer
// between: it hands out sessions, and then transactions.
func TestADayBehindAPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"session", "transaction"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			d.Through(t, d.Pooler(t, mode, "default_pool_size = 12"), postgres.Options{MaxConns: 8})
			s := siteOn(t, d)
			working(t, jobsOf(s))
			s.day(t)
			d.Healthy(t)
		})
	}
}

// day has an admin and a program do once what they do.
func (s *site) day(t *testing.T) {
	t.Helper()
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_persona_name, ai_greeting) values ($1, 'Ada', 'Hello')`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Owner)
	b.get(at(ws, "personas")).submit("Create Default Persona", nil).is(http.StatusOK)
	b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"Grace"}, "greeting": {"Ahoy"}}).is(http.StatusOK)
	second := s.words(t, `select id::text from personas where name = 'Grace'`)
	switched := b.post(at(ws, "personas", second, "default"), nil).is(http.StatusOK)
	same(t, "switched", s.defaultGreeting(t, ws.Workspace()), "Ahoy")
	switched.submit(switched.undoing(), nil).is(http.StatusOK)
	same(t, "undone", s.defaultGreeting(t, ws.Workspace()), "Hello")

	secret := s.secret(t, ws)
	body := messageJSON(time.Now())
	draft := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID()
	same(t, "once", s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID(), draft)
	s.Until(t, 1, `select count(*) from drafts where id::text = $1 and state = 'waiting'`, draft)
	b.get(at(ws, "drafts", draft)).submit("Approve and next", nil).is(http.StatusOK)
	same(t, "approved", s.Count(t, `select count(*) from drafts where state = 'approved'`), 1)
	b.get(at(ws, "personas.json")).is(http.StatusOK)
	b.get(at(ws, "activity")).is(http.StatusOK).says("Grace")
	for _, path := range []string{"campaigns", "leads", "drafts", "settings", "health", "members", "tokens"} {
		b.get(at(ws, path)).is(http.StatusOK)
	}
	token := s.token(t, ws, "write")
	made := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Mary"}`, key+"one").is(http.StatusCreated)
	again := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Mary"}`, key+"one").is(http.StatusCreated)
	same(t, "done once", again.body, made.body)
	s.ask(t, token, "GET", api(ws, "personas"), "").is(http.StatusOK)
}

// undoing returns the first button that undoes something; empty: there is none.
func (p *page) undoing() string {
	for n := range p.doc().Descendants() {
		if n.Data == "button" && len(nameOf(n)) > 4 && nameOf(n)[:4] == "Undo" {
			return nameOf(n)
		}
	}
	return ""
}
