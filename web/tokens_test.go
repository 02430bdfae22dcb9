package web_test

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"personae/internal/access"
)

// copied returns the text that the receipt offers to copy; empty: none.
func (p *page) copied() string {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == "copy" {
			return attr(n, "value")
		}
	}
	return ""
}

func TestTokenIsShownOnceAndStoredOnlyAsItsHash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	shown := b.get(at(ws, "tokens")).is(http.StatusOK).says("No tokens are in use").
		submit("Create token", url.Values{"name": {" CRM sync "}, "scope": {"switch"}, "days": {"90"}}).is(http.StatusOK)
	text := shown.copied()
	if len(text) != len("pat_")+43 || !strings.HasPrefix(text, "pat_") {
		t.Fatalf("the token is %q", text)
	}
	shown.says("“CRM sync” was created", "It cannot be shown again", "Look, and switch the default persona",
		"Made by Ada Morgan", "Never used")
	again := b.get(shown.path).is(http.StatusOK).says("CRM sync")
	if strings.Contains(again.body, text) {
		t.Error("the token is shown twice")
	}
	sum := sha256.Sum256([]byte(text))
	same(t, "stored", s.Count(t, `select count(*) from api_tokens where token_hash = $1 and name = 'CRM sync'
		and scope = 'switch'
		and expires_at = created_at + interval '90 days'`, sum[:]), 1)
	same(t, "stored in clear", s.Count(t, `select (select count(*) from api_tokens t where t::text like '%' || $1 || '%')
		+ (select count(*) from audit_events e where e::text like '%' || $1 || '%')`, text), 0)
	s.ask(t, text, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK)
	s.ask(t, text, http.MethodPatch, api(ws, "personas", uuid.NewString()), "").is(http.StatusForbidden)
	s.ask(t, text+"x", http.MethodGet, api(ws, "personas"), "").is(http.StatusUnauthorized)
	if strings.Contains(s.log.String(), text[4:24]) {
		t.Error("the log holds the token")
	}
}

func TestTokenFormKeepsWhatWasTypedAndMakesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	before := s.Snapshot(t)
	for name, c := range map[string]struct {
		typed url.Values
		says  string
	}{
		"no name": {url.Values{"name": {" "}}, "Enter a name for this token"},
		"long name": {url.Values{"name": {strings.Repeat("é", 81)}},
			"Name must be 80 characters or fewer; it has 81"},
		"line break":        {url.Values{"name": {"a\nb"}}, "Name must be a single line"},
		"not UTF-8":         {url.Values{"name": {"\xff"}}, "Name holds characters that cannot be read"},
		"no scope":          {url.Values{"scope": nil}, "Choose what the token may do"},
		"unknown scope":     {url.Values{"scope": {"manage"}}, "Choose what the token may do"},
		"no expiry":         {url.Values{"days": nil}, "Choose how long the token works"},
		"expiry of its own": {url.Values{"days": {"36500"}}, "Choose how long the token works"},
	} {
		if !c.typed.Has("name") {
			c.typed.Set("name", "Kept <b>name</b>")
		}
		answer := b.get(at(ws, "tokens")).submit("Create token", c.typed).is(http.StatusUnprocessableEntity).says(c.says)
		if !strings.HasPrefix(answer.title(), "Error: ") {
			t.Errorf("%s: title is %q", name, answer.title())
		}
		if name != "not UTF-8" && name != "line break" { // an input shows neither as it was
			same(t, name, formFields(answer.button("Create token")).Get("name"), c.typed.Get("name"))
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestRevokedTokenIsRefusedAtOnceAndListedBelow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	b := s.as(t, ws.Workspace(), access.Admin)
	text := s.token(t, ws, "write")
	foreign := s.token(t, other, "read")
	id := func(token string) string {
		var id uuid.UUID
		sum := sha256.Sum256([]byte(token))
		if err := s.SQL.QueryRow(t.Context(), `select id from api_tokens where token_hash = $1`, sum[:]).
			Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id.String()
	}
	s.ask(t, text, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK)
	list := b.get(at(ws, "tokens")).says("Tokens in use", "Last used on")
	list.submit("Revoke Program", nil).is(http.StatusOK).
		says("“Program” was revoked", "Revoked or expired", "Revoked on", "No tokens are in use")
	s.ask(t, text, http.MethodGet, api(ws, "personas"), "").is(http.StatusUnauthorized)
	revokedAt := s.Count(t, `select extract(epoch from revoked_at)::int from api_tokens where revoked_at is not null`)
	list.submit("Revoke Program", nil).is(http.StatusOK)
	same(t, "revoked when", s.Count(t, `select extract(epoch from revoked_at)::int from api_tokens
		where revoked_at is not null`), revokedAt)

	before := s.Snapshot(t)
	for _, id := range []string{id(foreign), uuid.NewString(), "nonsense"} {
		b.post(at(ws, "tokens", id, "revoke"), nil).is(http.StatusNotFound)
	}
	same(t, "tables", s.Snapshot(t), before)
	s.ask(t, foreign, http.MethodGet, api(other, "personas"), "").is(http.StatusOK)
}

func TestOnlyTheLastTwentyEndedTokensAreListed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.Exec(t, `insert into api_tokens (workspace_id, name, scope, token_hash, created_by, created_at, expires_at)
		select $1, 'Old ' || to_char(n, 'FM00'), 'read', sha256(n::text::bytea), (select user_id from members
		limit 1), now() - interval '99 days', now() - n * interval '1 day'
		from generate_series(1, 25) n`, ws.Workspace())
	text := b.get(at(ws, "tokens")).says("Old 01", "Old 20", "Expired on").text()
	if strings.Contains(text, "Old 21") || strings.Contains(text, "Revoke Old") {
		t.Error(text)
	}
}

func TestOnlyWhoMayLendAccessSeesAndMakesTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	text := s.token(t, ws, "write")
	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from api_tokens`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	full := s.signIn(t, access.NewUser{Support: true})
	s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		select $1, $2, 'full', 'test', user_id, now() + interval '1 hour' from members where workspace_id = $1`,
		ws.Workspace(), full.user)
	for name, c := range map[string]struct {
		b      *client
		status int
	}{
		"signed out":    {s.client(t), http.StatusSeeOther},
		"stranger":      {s.as(t, s.Workspace(t, "Cedar").Workspace(), access.Owner), http.StatusNotFound},
		"member":        {s.as(t, ws.Workspace(), access.Member), http.StatusForbidden},
		"support, full": {full, http.StatusForbidden},
		"admin":         {s.as(t, ws.Workspace(), access.Admin), http.StatusOK},
		"owner":         {s.as(t, ws.Workspace(), access.Owner), http.StatusOK},
		"superadmin":    {s.signIn(t, access.NewUser{Superadmin: true}), http.StatusOK},
	} {
		c.b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		same(t, name+" GET", c.b.get(at(ws, "tokens")).status, c.status)
		link := strings.Contains(c.b.get(at(ws, "personas")).body, at(ws, "tokens")+`"`)
		same(t, name+" is led there", link, c.status == http.StatusOK)
		before := s.Snapshot(t)
		form := url.Values{"name": {"x"}, "scope": {"read"}, "days": {"30"}}
		if c.status == http.StatusOK {
			same(t, name+" POST", c.b.post(at(ws, "tokens"), form).status, http.StatusSeeOther)
			continue
		}
		posted := c.status
		if name == "signed out" {
			posted = http.StatusUnauthorized // the form is kept
		}
		same(t, name+" POST", c.b.post(at(ws, "tokens"), form).status, posted)
		same(t, name+" POST revoke", c.b.post(at(ws, "tokens", id, "revoke"), nil).status, c.status)
		same(t, name+": tables", s.Snapshot(t), before)
	}
	s.ask(t, text, http.MethodGet, at(ws, "tokens"), "").is(http.StatusSeeOther) // a token opens no page
}

func TestUseOfATokenIsNotedOnceAnHourAndReadingWritesNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	text := s.token(t, ws, "read")
	before := s.Snapshot(t, "api_tokens")
	used := func() int {
		return s.Count(t, `select count(*) from api_tokens where last_used_at > now() - interval '1 minute'`)
	}
	s.ask(t, text, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK)
	same(t, "noted", used(), 1)
	noted := s.Snapshot(t)
	for _, path := range []string{"personas", "personas/" + p.ID.String(), "personas/nonsense", "campaigns",
		"resolve", "settings"} {
		s.ask(t, text, http.MethodGet, api(ws, path), "")
	}
	same(t, "within the hour nothing is written", s.Snapshot(t), noted)
	s.Exec(t, `update api_tokens set last_used_at = now() - interval '61 minutes'`)
	s.ask(t, text, http.MethodGet, api(ws, "personas", uuid.NewString()), "").is(http.StatusNotFound)
	same(t, "noted again, whatever the answer", used(), 1)
	same(t, "all other tables", s.Snapshot(t, "api_tokens"), before)
}

func TestReadingWithATokenWaitsForNoWriter(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	text := s.token(t, ws, "read")
	tx := s.LockWorkspaces(t)
	if _, err := tx.Exec(t.Context(), `select from api_tokens for share`); err != nil {
		t.Fatal(err)
	}
	s.ask(t, text, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK)
	if strings.Contains(s.log.String(), "was not noted") {
		t.Error("it waited for the writer")
	}
	same(t, "left to the writer", s.Count(t, `select count(*) from api_tokens where last_used_at is null`), 1)
}
