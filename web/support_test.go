package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/postgres"
)

// supportPerson signs in one of the support staff and gives their address.
func (s *site) supportPerson(t *testing.T) (*browser, string) {
	t.Helper()
	b := s.signIn(t, postgres.NewUser{Support: true, Name: "Sam Okafor"})
	email := ""
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, b.user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	return b, email
}

func TestAdminLetsSupportInAndOutAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	s.NewPersona(t, ws, "Second")
	admin := s.as(t, ws.Workspace(), postgres.Admin)
	sam, email := s.supportPerson(t)
	sam.get(at(ws, "personas")).is(http.StatusNotFound)

	page := admin.get(at(ws, "support")).is(http.StatusOK).says("Nobody of the support staff.")
	page.submit("Let them in", url.Values{"email": {strings.ToUpper(email)}, "reason": {"Switch before the fair"}}).is(http.StatusOK).says("Sam Okafor may come in", "May switch the default only, until")

	sam.get("/support").is(http.StatusOK).says("Harbor", "Switch before the fair")
	list := sam.get(at(ws, "personas")).is(http.StatusOK).says("You are here as support staff and may switch the default persona until", "Ada Morgan let you in: “Switch before the fair”.")
	list.submit("Make Second the default", nil).is(http.StatusOK)
	sam.get(at(ws, "personas", "new")).is(http.StatusForbidden)
	same(t, "recorded under the person and the grant", s.Count(t, `select count(*) from audit_events e join support_grants g on g.id = e.grant_id
		where e.action = 'persona.default_set' and e.actor_id = $1 and g.granted_by = $2`, sam.user, admin.user), 1)

	admin.get(at(ws, "support")).submit("Revoke the access of Sam Okafor", nil).is(http.StatusOK).says("Sam Okafor has no access any more", "revoked")
	sam.get(at(ws, "personas")).is(http.StatusNotFound)
	sam.post(at(ws, "personas", "import"), nil).is(http.StatusNotFound)
	same(t, "events", s.Count(t, `select count(*) from audit_events where action in ('support.granted', 'support.revoked') and details->>'user' = $1 and actor_id = $2`, sam.user.String(), admin.user), 2)
}

func TestGrantNeedsPersonScopeTimeAndReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), postgres.Admin)
	_, email := s.supportPerson(t)
	s.User(t, postgres.NewUser{Email: "ordinary@example.com"})
	before := s.Snapshot(t)
	for says, typed := range map[string]url.Values{
		"Nobody of the support staff has this address": {"email": {"ordinary@example.com"}, "reason": {"x"}},
		"Enter a reason":                {"email": {email}, "reason": {" "}},
		"Choose for how long":           {"email": {email}, "reason": {"x"}, "hours": {"9999"}},
		"Choose what support may do":    {"email": {email}, "reason": {"x"}, "scope": {"everything"}},
		"Reason must be 500 characters": {"email": {email}, "reason": {strings.Repeat("x", 501)}},
	} {
		answer := admin.get(at(ws, "support")).submit("Let them in", typed).is(http.StatusUnprocessableEntity).says(says)
		same(t, "typed", formFields(answer.button("Let them in")).Get("email"), typed.Get("email"))
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestSupportAsksAndAnAdminAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), postgres.Admin)
	sam, _ := s.supportPerson(t)
	ask := func(workspace string) *page {
		return sam.get("/support").submit("Ask", url.Values{"workspace": {workspace}, "reason": {"You rang us"}, "scope": {"full"}, "hours": {"24"}})
	}
	known := ask("https://personae.example" + at(ws, "personas")).is(http.StatusOK).says("Your request is on its way")
	unknown := ask(uuid.NewString()).is(http.StatusOK).says("Your request is on its way")
	same(t, "nobody learns whether a workspace exists", strings.Contains(known.text(), "Harbor"), strings.Contains(unknown.text(), "Harbor"))
	ask("nonsense").is(http.StatusUnprocessableEntity).says("Enter the workspace's number or address")
	sam.get(at(ws, "personas")).is(http.StatusNotFound)

	admin.get(at(ws, "support")).is(http.StatusOK).says("Who asks to come in", "Full access, for 24 hours: “You rang us”").
		submit("Approve the request of Sam Okafor", nil).is(http.StatusOK).says("Sam Okafor may come in")
	sam.get(at(ws, "personas")).is(http.StatusOK).says("may change personas, campaigns and settings until")
	sam.get("/support").is(http.StatusOK).says("Approved.")
	sam.post(at(ws, "support"), url.Values{"email": {"x@example.com"}}).is(http.StatusForbidden) // what is lent cannot be lent on

	ask(ws.Workspace().String()).is(http.StatusOK)
	admin.get(at(ws, "support")).submit("Decline the request of Sam Okafor", nil).is(http.StatusOK).says("The request of Sam Okafor is declined")
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 1)
	same(t, "events", s.Count(t, `select count(*) from audit_events where action like 'support.%'`), 4)
	for range 5 {
		ask(ws.Workspace().String())
	}
	ask(ws.Workspace().String()).is(http.StatusUnprocessableEntity).says("five requests without an answer")
	same(t, "open requests", s.Count(t, `select count(*) from support_requests where decided_at is null`), 5)
}

// TestRevocationReachesAWriteThatWaitsForItsLock holds the workspace's lock
// while a write of support staff waits for it, and revokes the grant meanwhile.
func TestRevocationReachesAWriteThatWaitsForItsLock(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"revoked": `update support_grants set revoked_at = clock_timestamp()`,
		"expired": `select pg_sleep(0.4)`,
	} {
		s := newSite(t)
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "First")
		second := s.NewPersona(t, ws, "Second")
		sam, _ := s.supportPerson(t)
		s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
			values ($1, $2, 'switch', 'test', $2, clock_timestamp() + interval '300 milliseconds')`, ws.Workspace(), sam.user)
		tx, err := s.SQL.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `select from workspaces for no key update`); err != nil {
			t.Fatal(err)
		}
		status := make(chan int, 1)
		go func() { status <- sam.post(at(ws, "personas", second.ID.String(), "default"), nil).status }()
		for s.Count(t, `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`) == 0 {
			if t.Context().Err() != nil {
				t.Fatal("the write never waited")
			}
		}
		if _, err := tx.Exec(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		same(t, name, <-status, http.StatusNotFound)
		same(t, name+": default", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	}
}

// TestNoWriteFollowsARevocation races a revocation against a write by its
// grant. Where both succeed, the write has the earlier place.
func TestNoWriteFollowsARevocation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "First")
	staff := s.User(t, postgres.NewUser{Support: true, Email: "sam@example.com"})
	for range 100 {
		g, err := s.Grant(t.Context(), ws, "sam@example.com", postgres.SwitchOnly, 1, "test")
		if err != nil {
			t.Fatal(err)
		}
		access := s.Access(t, staff, ws.Workspace())
		var all sync.WaitGroup
		all.Go(func() { _, _ = s.SetDefault(context.WithoutCancel(t.Context()), access, p.ID) })
		all.Go(func() {
			if _, err := s.Revoke(context.WithoutCancel(t.Context()), ws, g.ID); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
	}
	same(t, "writes after the revocation of their grant", s.Count(t, `select count(*) from audit_events w
		join support_grants g on g.id = w.grant_id
		join audit_events r on r.action = 'support.revoked' and r.at >= g.created_at and r.rev < w.rev
		where not exists (select from support_grants later where later.created_at > g.created_at and later.created_at < r.at)`), 0)
	same(t, "revocations", s.Count(t, `select count(*) from audit_events where action = 'support.revoked'`), 100)
}

func TestGrantsAreKeptAndShort(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.User(t, postgres.NewUser{Support: true, Email: "sam@example.com"})
	if _, err := s.Grant(t.Context(), ws, "sam@example.com", postgres.FullAccess, 168, "test"); err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot(t)
	for _, sql := range []string{
		`update support_grants set expires_at = expires_at + interval '1 hour'`,
		`update support_grants set scope = 'switch', revoked_at = now()`,
		`update support_grants set reason = 'another'`,
		`delete from support_grants`,
		`truncate support_grants cascade`,
		`insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at) select workspace_id, user_id, scope, reason, granted_by, now() + interval '8 days' from support_grants`,
	} {
		if _, err := s.SQL.Exec(t.Context(), sql); err == nil {
			t.Errorf("it was done: %s", sql)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}
