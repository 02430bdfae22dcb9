package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/testing/browser"
)

// supportPerson signs in one of the support staff and returns their address.
func (s *site) supportPerson(t *testing.T) (*client, string) {
	t.Helper()
	b := s.signIn(t, access.NewUser{Support: true, Name: "Sam Okafor"})
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
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, email := s.supportPerson(t)
	sam.get(at(ws, "personas")).is(http.StatusNotFound)

	page := admin.get(at(ws, "support")).is(http.StatusOK).says("No support staff have access.")
	page.submit("Give access", url.Values{"email": {strings.ToUpper(email)}, "reason": {"Switch before the fair"}}).
		is(http.StatusOK).says("Sam Okafor has access now", "May switch the default only, until")

	sam.get("/support").is(http.StatusOK).says("Harbor", "Switch before the fair")
	list := sam.get(at(ws, "personas")).is(http.StatusOK).
		says("You are here as support staff and may switch the default persona until",
			"Ada Morgan let you in: “Switch before the fair”.")
	list.submit("Make the default: Second", nil).is(http.StatusOK)
	sam.get(at(ws, "personas", "new")).is(http.StatusForbidden)
	same(t, "recorded under the person and the grant", s.Count(t, `select count(*) from audit_events e
		join support_grants g on g.id = e.grant_id
		where e.action = 'persona.default_set' and e.actor_id = $1 and g.granted_by = $2`, sam.user, admin.user), 1)

	admin.get(at(ws, "support")).submit("Revoke the access of Sam Okafor", nil).is(http.StatusOK).
		says("The grant of Sam Okafor is over", "revoked")
	sam.get(at(ws, "personas")).is(http.StatusNotFound)
	sam.post(at(ws, "personas", "import"), nil).is(http.StatusNotFound)
	same(t, "events", s.Count(t, `select count(*) from audit_events
		where action in ('support.granted', 'support.revoked') and details->>'user' = $1
		and actor_id = $2`, sam.user.String(), admin.user), 2)
}

func TestGrantNeedsPersonScopeTimeAndReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	_, email := s.supportPerson(t)
	s.User(t, access.NewUser{Email: "ordinary@example.com"})
	before := s.Snapshot(t)
	for says, typed := range map[string]url.Values{
		"No support staff have this address":  {"email": {"ordinary@example.com"}, "reason": {"x"}},
		"nobody sees, U+2066, at character 1": {"email": {"\u2066" + email}, "reason": {"x"}},
		"Enter a reason":                      {"email": {email}, "reason": {" "}},
		"Choose for how long":                 {"email": {email}, "reason": {"x"}, "hours": {"9999"}},
		"Choose what support may do":          {"email": {email}, "reason": {"x"}, "scope": {"everything"}},
		"Reason must be 500 characters":       {"email": {email}, "reason": {strings.Repeat("x", 501)}},
	} {
		answer := admin.get(at(ws, "support")).submit("Give access", typed).is(http.StatusUnprocessableEntity).says(says)
		same(t, "typed", formFields(answer.button("Give access")).Get("email"), typed.Get("email"))
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestSupportAsksAndAnAdminAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, _ := s.supportPerson(t)
	ask := func(workspace string) *page {
		return sam.get("/support").submit("Ask", url.Values{"workspace": {workspace}, "reason": {"You rang us"},
			"scope": {"full"}, "hours": {"24"}})
	}
	before := s.Count(t, `select count(*) from audit_events`)
	nowhere := uuid.New()
	known := ask("https://personae.example" + at(ws, "personas")).is(http.StatusOK).says("Your request is on its way")
	sam.get("/support").says("Workspace " + ws.Workspace().String())
	s.Exec(t, `alter table support_requests disable trigger user`)
	s.Exec(t, `delete from support_requests`) // so that both pages stand alone
	s.Exec(t, `alter table support_requests enable trigger user`)
	unknown := ask(nowhere.String()).is(http.StatusOK).says("Your request is on its way")
	blank := func(p *page) string {
		p.body = regexp.MustCompile(`(today|\d+ \w+ \d{4}), \d\d:\d\d UTC|\d{4}-\d\d-\d\dT[\d:]+Z|support/requests/[0-9a-f-]{36}`).ReplaceAllString(p.body, "")
		return strings.NewReplacer(ws.Workspace().String(), "ID", nowhere.String(), "ID").Replace(p.body)
	}
	same(t, "nobody learns whether a workspace exists: the page, to the byte", blank(unknown), blank(known))
	same(t, "the workspace's log tells of the request, and no other does",
		s.Count(t, `select count(*) from audit_events`)-before, 1)
	ask(ws.Workspace().String()).is(http.StatusOK)
	ask(ws.Workspace().String()).is(http.StatusOK) // pressed twice
	same(t, "requests, one that was sent twice", s.Count(t, `select count(*) from support_requests`), 2)
	ask(" ").is(http.StatusUnprocessableEntity).says("Enter the support code that the customer reads to you")
	admin.get(at(ws, "personas")).says("Support access (1 request)")
	same(t, "a member is not asked", strings.Contains(s.as(t, ws.Workspace(),
		access.Member).get(at(ws, "personas")).text(), "(1 request)"), false)
	sam.get(at(ws, "personas")).is(http.StatusNotFound)

	admin.get(at(ws, "support")).is(http.StatusOK).says("Who is asking for access",
		"Full access, for 24 hours: “You rang us”").
		submit("Approve the request of Sam Okafor", nil).is(http.StatusOK).says("Sam Okafor has access now")
	sam.get(at(ws, "personas")).is(http.StatusOK).says("may change personas, campaigns and settings until")
	approved := sam.get("/support").is(http.StatusOK).says("Approved.", "Harbor")
	same(t, "the end is told to programs too", strings.Contains(sam.get(at(ws, "personas", "new")).body,
		"<time datetime="), true)
	same(t, "the other request says nothing", strings.Contains(approved.text(), "Workspace "+nowhere.String()), true)
	// What is lent cannot be lent on.
	sam.post(at(ws, "support"), url.Values{"email": {"x@example.com"}}).is(http.StatusForbidden)

	ask(ws.Workspace().String()).is(http.StatusOK)
	admin.get(at(ws, "support")).submit("Decline the request of Sam Okafor", nil).is(http.StatusOK).
		says("The request of Sam Okafor was declined")
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 1)
	// With that of the request taken away above.
	same(t, "events", s.Count(t, `select count(*) from audit_events where action like 'support.%'`), 5)
	same(t, "words in events", s.Count(t, `select count(*) from audit_events where details::text like '%rang%'`), 0)
}

func TestSupportTakesARequestBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, _ := s.supportPerson(t)
	ask := func(workspace, reason string) *page {
		return sam.post("/support", url.Values{"workspace": {workspace}, "scope": {"switch"}, "hours": {"1"},
			"reason": {reason}})
	}
	ask(ws.Workspace().String(), "Wrong customer").is(http.StatusOK)
	ask(uuid.NewString(), "Misheard").is(http.StatusOK)
	waiting := admin.get(at(ws, "support")).says("Who is asking for access", "Wrong customer")
	own := sam.get("/support").is(http.StatusOK)
	other, _ := s.supportPerson(t)
	before := s.Snapshot(t)
	other.post(attr(own.button("Take back the request “Wrong customer”"), "action"), nil).is(http.StatusNotFound)
	same(t, "by somebody else", s.Snapshot(t), before)

	sam.get("/support").submit("Take back the request “Wrong customer”", nil).is(http.StatusOK).
		says("Your request is taken back", "Taken back.")
	same(t, "asked for nobody any more", strings.Contains(admin.get(at(ws, "support")).text(),
		"Who is asking for access"), false)
	waiting.submit("Approve the request of Sam Okafor", nil).is(http.StatusOK).says("This request is not open any more")
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 0)
	same(t, "event", s.Count(t, `select count(*) from audit_events where action = 'support.withdrawn'
		and actor_id = $1 and workspace_id = $2`, sam.user, ws.Workspace()), 1)
	admin.get(at(ws, "activity")).says("Withdrew the request for access")
	own.submit("Take back the request “Wrong customer”", nil).is(http.StatusOK).says("This request is not open any more")
	same(t, "events", s.Count(t, `select count(*) from audit_events where action = 'support.withdrawn'`), 1)
	// That of a workspace that does not exist is answered alike, and its place is free.
	for n := range 4 {
		ask(uuid.NewString(), strconv.Itoa(n)).is(http.StatusOK)
	}
	full := ask(ws.Workspace().String(), "Right customer").is(http.StatusUnprocessableEntity).says("Take one back below")
	full.submit("Take back the request “3”", nil).is(http.StatusOK).says("Your request is taken back", "Taken back.")
	ask(ws.Workspace().String(), "Right customer").is(http.StatusOK).says("Your request is on its way")
	admin.get(at(ws, "support")).submit("Decline the request of Sam Okafor", nil).is(http.StatusOK)
	sam.get("/support").says("Declined.", "Taken back.")
}

// TestAnEndedGrantReachesAWriteThatWaitsForItsLock holds the workspace's lock
// while a write of support staff waits for it, and ends the grant meanwhile.
func TestAnEndedGrantReachesAWriteThatWaitsForItsLock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ lasts, end string }{
		"revoked": {"1 hour", `update support_grants set revoked_at = clock_timestamp()`},
		"expired": {"1500 milliseconds", `select pg_sleep_until(expires_at + interval '10 milliseconds')
			from support_grants`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ws := s.Workspace(t, "Harbor")
			s.NewPersona(t, ws, "First")
			second := s.NewPersona(t, ws, "Second")
			staff := s.User(t, access.NewUser{Support: true})
			s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
				values ($1, $2, 'switch', 'test',
				(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), clock_timestamp() + $3::interval)`, ws.Workspace(), staff, c.lasts)
			access := s.Access(t, staff, ws.Workspace())
			before := s.Snapshot(t, "support_grants")
			tx, err := s.SQL.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), `select from workspaces for no key update`); err != nil {
				t.Fatal(err)
			}
			written := make(chan error, 1)
			go func() {
				_, err := s.SetDefault(t.Context(), access, second.ID)
				written <- err
			}()
			for s.Count(t, `select count(*) from pg_stat_activity where wait_event_type = 'Lock'
				and datname = current_database()`) == 0 {
				select {
				case err := <-written:
					t.Fatalf("the write did not wait: %v", err)
				default:
				}
			}
			if _, err := tx.Exec(t.Context(), c.end); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-written; !errors.Is(err, persona.ErrNotFound) {
				t.Errorf("error is %v, want ErrNotFound", err)
			}
			same(t, "tables", s.Snapshot(t, "support_grants"), before)
		})
	}
}

// TestNoWriteFollowsARevocation races a revocation against writes by its
// grant: none has a later place than the revocation.
func TestNoWriteFollowsARevocation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p, q := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	staff := s.User(t, access.NewUser{Support: true, Email: "sam@example.com"})
	ctx := context.WithoutCancel(t.Context())
	const trials = 1000
	for n := range trials {
		g, err := s.Grant(ctx, ws, "sam@example.com", access.SwitchOnly, 1, fmt.Sprint("trial ", n))
		if err != nil {
			t.Fatal(err)
		}
		access := s.Access(t, staff, ws.Workspace())
		var all sync.WaitGroup
		start := make(chan struct{})
		all.Go(func() {
			<-start
			for i := 0; ; i++ { // until the revocation ends it
				id := p.ID
				if i%2 == 0 {
					id = q.ID
				}
				if _, err := s.SetDefault(ctx, access, id); errors.Is(err, persona.ErrNotFound) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
			}
		})
		all.Go(func() {
			<-start
			if _, err := s.Revoke(ctx, ws, g.ID); err != nil {
				t.Error(err)
			}
		})
		close(start)
		all.Wait()
	}
	same(t, "revocations", s.Count(t, `select count(*) from audit_events where action = 'support.revoked'`), trials)
	same(t, "writes after the revocation of their grant", s.Count(t, `select count(*) from audit_events w
		join audit_events r on r.action = 'support.revoked' and r.details->>'grant' = w.grant_id::text
		where w.rev > r.rev`), 0)
	if s.Count(t, `select count(*) from audit_events where grant_id is not null`) == 0 {
		t.Error("no write came before its revocation: nothing was raced")
	}
}

func TestGrantsAreKeptAndShort(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.User(t, access.NewUser{Support: true, Email: "sam@example.com"})
	if _, err := s.Grant(t.Context(), ws, "sam@example.com", access.FullAccess, 168, "test"); err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `insert into support_requests (workspace_id, user_id, scope, hours, reason, decided_at, decided_by)
		select workspace_id, user_id, 'switch', 1, 'test', now(), granted_by from support_grants`)
	before := s.Snapshot(t)
	for _, sql := range []string{
		`update support_requests set decided_at = now()`,
		`update support_requests set reason = 'another'`,
		`delete from support_requests`,
		`truncate support_requests`,
		`insert into audit_events (workspace_id, rev, actor_id, capacity, action)
			select workspace_id, 99, user_id, 'support', 'persona.edited' from support_grants`,
		`insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at, created_at)
			select workspace_id, user_id, scope, reason, granted_by, now() + interval '20 days', now() + interval
			'15 days' from support_grants`,
		`update support_grants set expires_at = expires_at + interval '1 hour'`,
		`update support_grants set scope = 'switch', revoked_at = now()`,
		`update support_grants set reason = 'another'`,
		`delete from support_grants`,
		`truncate support_grants cascade`,
		`insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
			select workspace_id, user_id, scope, reason, granted_by, now() + interval '8 days' from support_grants`,
	} {
		if _, err := s.SQL.Exec(t.Context(), sql); err == nil {
			t.Errorf("it was done: %s", sql)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestAGrantOfAYearFromBeforeTheRuleCanBeRevoked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	sam, _ := s.supportPerson(t)
	s.Exec(t, `alter table support_grants disable trigger support_grant_is_short`)
	s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		values ($1, $2, 'full', 'test',
			(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() + interval '1 year')`, ws.Workspace(), sam.user)
	s.Exec(t, `alter table support_grants enable trigger support_grant_is_short`)
	s.as(t, ws.Workspace(), access.Owner).get(at(ws, "support")).submit("Revoke the full access of Sam Okafor", nil).
		is(http.StatusOK)
	sam.get(at(ws, "personas")).is(http.StatusNotFound)
}

func TestEveryCurrentGrantIsListedBesideTheLastTwentyThatEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	sam, _ := s.supportPerson(t)
	s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, created_at, expires_at,
		revoked_at)
		select $1, $2, 'full', 'grant ' || to_char(n, 'FM00'),
			(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() - interval '1 day' + make_interval(mins =>
		n), now() + interval '1 day',
			case when n > 1 then now() - interval '1 hour' + make_interval(mins => n) end
		from generate_series(1, 31) n`, ws.Workspace(), sam.user)
	page := s.as(t, ws.Workspace(), access.Member).get(at(ws, "support")).is(http.StatusOK).
		says("grant 01", "grant 12", "grant 31", "Support code")
	if strings.Contains(page.text(), "grant 11") {
		t.Error("more than twenty that ended")
	}
	if page.button("Revoke the full access of Sam Okafor") != nil || page.button("Give access") != nil {
		t.Error("a member is offered what only admins may do")
	}
}

func TestPressingAButtonTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, email := s.supportPerson(t)
	twice := func(p *page, button string, typed url.Values) *page {
		p.submit(button, typed).is(http.StatusOK)
		return p.submit(button, typed).is(http.StatusOK)
	}
	twice(admin.get(at(ws, "support")), "Give access", url.Values{"email": {email}, "reason": {"x"}})
	twice(admin.get(at(ws, "support")), "Revoke the access of Sam Okafor", nil)
	sam.get("/support").submit("Ask", url.Values{"workspace": {ws.Workspace().String()}, "reason": {"y"}}).
		is(http.StatusOK)
	twice(admin.get(at(ws, "support")), "Approve the request of Sam Okafor", nil).
		says("This request is not open any more", "Nothing was changed")
	var actions string
	if err := s.SQL.QueryRow(t.Context(), `select string_agg(action, ' ' order by rev) from audit_events`).
		Scan(&actions); err != nil {
		t.Fatal(err)
	}
	same(t, "events", actions, "support.granted support.revoked support.requested support.approved")
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 2)
}

func TestRequestsRunOutAndFiveAreTheMost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, _ := s.supportPerson(t)
	ask := func(reason string) *page {
		return sam.post("/support", url.Values{"workspace": {uuid.NewString()}, "scope": {"switch"}, "hours": {"1"},
			"reason": {reason}})
	}
	sam.post("/support", url.Values{"workspace": {ws.Workspace().String()}, "scope": {"switch"}, "hours": {"1"},
		"reason": {"real"}}).is(http.StatusOK)
	open := admin.get(at(ws, "support"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { ask(fmt.Sprint("at once ", i)) })
	}
	all.Wait()
	same(t, "open requests, in workspaces that exist or not", s.Count(t, `select count(*) from support_requests`), 5)
	full := ask("too many").is(http.StatusUnprocessableEntity).says("five requests without an answer")
	same(t, "typed", formFields(full.button("Ask")).Get("reason"), "too many")

	s.Exec(t, `alter table support_requests disable trigger user`)
	s.Exec(t, `update support_requests set created_at = now() - interval '169 hours'`)
	s.Exec(t, `alter table support_requests enable trigger user`)
	sam.get("/support").says("Not answered within 7 days.")
	if strings.Contains(admin.get(at(ws, "support")).text(), "real") {
		t.Error("a request that ran out is still shown")
	}
	open.submit("Approve the request of Sam Okafor", nil).is(http.StatusOK).says("This request is not open any more")
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 0)
	ask("there is room again").is(http.StatusOK)
}

func TestAskingAndTakingBackDoesNotFillALog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	sam, _ := s.supportPerson(t)
	ask := func(workspace, reason string) *page {
		return sam.post("/support", url.Values{"workspace": {workspace}, "scope": {"switch"}, "hours": {"1"},
			"reason": {reason}})
	}
	for range 10 {
		ask(ws.Workspace().String(), "again").is(http.StatusOK).
			submit("Take back the request “again”", nil).is(http.StatusOK)
	}
	before := s.Snapshot(t)
	full := ask(ws.Workspace().String(), "once more").is(http.StatusUnprocessableEntity).says("ten times within a day")
	same(t, "typed", formFields(full.button("Ask")).Get("reason"), "once more")
	same(t, "tables", s.Snapshot(t), before)
	ask(uuid.NewString(), "another workspace").is(http.StatusOK)
}

func TestWhoLeftTheSupportStaffIsNotLetIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, _ := s.supportPerson(t)
	sam.get("/support").submit("Ask", url.Values{"workspace": {ws.Workspace().String()}, "reason": {"y"}}).
		is(http.StatusOK)
	page := admin.get(at(ws, "support"))
	s.Exec(t, `update users set support = false where id = $1`, sam.user)
	page.submit("Approve the request of Sam Okafor", nil).is(http.StatusOK).says("This request is not open any more")
	sam.get("/support").is(http.StatusNotFound)
	same(t, "grants", s.Count(t, `select count(*) from support_grants`), 0)
}

func TestGrantsAndRequestsOfAnotherWorkspaceAreNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	admin := s.as(t, ws.Workspace(), access.Admin)
	sam, _ := s.supportPerson(t)
	var g, r string
	if err := s.SQL.QueryRow(t.Context(), `insert into support_grants (workspace_id, user_id, scope, reason,
		granted_by, expires_at)
		values ($1, $2, 'switch', 'test',
			(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() + interval '1 hour') returning id`, other.Workspace(), sam.user).Scan(&g); err != nil {
		t.Fatal(err)
	}
	if err := s.SQL.QueryRow(t.Context(), `insert into support_requests (workspace_id, user_id, scope, hours, reason)
		values ($1, $2, 'switch', 1, 'test') returning id`, other.Workspace(), sam.user).Scan(&r); err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot(t)
	missing := admin.post(at(ws, "support", uuid.NewString(), "revoke"), nil).is(http.StatusNotFound).body
	for _, path := range []string{g + "/revoke", "requests/" + r + "/approve", "requests/" + r + "/decline"} {
		same(t, path, admin.post(at(ws, "support", path), nil).is(http.StatusNotFound).body, missing)
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestTheDemoGrantIsRenewedWhenItIsOver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 2 {
		if _, err := s.Owner(t).AddDemo(t.Context(), s.hash); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "grants of two starts", s.Count(t, `select count(*) from support_grants`), 1)
	s.Exec(t, `update support_grants set revoked_at = now()`)
	if _, err := s.Owner(t).AddDemo(t.Context(), s.hash); err != nil {
		t.Fatal(err)
	}
	same(t, "one that is good", s.Count(t, `select count(*) from support_grants where revoked_at is null
		and expires_at > now() + interval '6 days'`), 1)
	same(t, "events", s.Count(t, `select count(*) from audit_events where action = 'support.granted'
		and capacity = 'operator'`), 2)
}

// code returns a workspace's support code as its pages show it.
func (p *page) code() string {
	p.t.Helper()
	code := regexp.MustCompile(`\b[2-9C-Y]{4}-[2-9C-Y]{4}\b`).FindString(p.text())
	if code == "" {
		p.t.Fatalf("%s shows no support code:\n%s", p.path, p.text())
	}
	return code
}

// follow follows the link with these words.
func (p *page) follow(words string) *page {
	p.t.Helper()
	return p.get(p.link(words))
}

// answered takes out of a page what differs between two requests for one thing.
var answered = regexp.MustCompile(`(today|\d+ \w+ \d{4}), \d\d:\d\d UTC|\d{4}-\d\d-\d\dT[\d:]+Z|support/requests/[0-9a-f-]{36}`)

func TestSupportAsksByCodeOrNameAndLearnsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor Analytics")
	s.Workspace(t, "Twin")
	s.Workspace(t, "twin")
	admin := s.as(t, ws.Workspace(), access.Admin)
	code := admin.get(at(ws, "personas")).code()
	same(t, "on the page Support access", admin.get(at(ws, "support")).code(), code)
	same(t, "and on that of another workspace", code == s.as(t, s.Workspace(t, "Cedar").Workspace(),
		access.Member).get("/workspaces").follow("Cedar").code(), false)
	bare := strings.ReplaceAll(code, "-", "")
	for typed, reaches := range map[string]bool{code: true, strings.ToLower(code): true, bare: true,
		" " + bare[:2] + " " + bare[2:5] + " " + bare[5:] + " ": true, "harbor ANALYTICS": true,
		"https://personae.example" + at(ws, "leads") + "?q=x": true, ws.Workspace().String(): true,
		"Twin": false, "Harbor": false, "Nowhere": false, "HHHH-HHHH": false} {
		sam, _ := s.supportPerson(t)
		sent := sam.get("/support").submit("Ask", url.Values{"workspace": {typed}, "reason": {"You rang us"}}).
			is(http.StatusOK).says("Your request is on its way", "No answer yet", "Workspace "+strings.Join(strings.Fields(workspaceTyped(typed)), " "))
		waits := s.Count(t, `select count(*) from support_requests r join workspaces w on w.id = r.workspace_id where r.user_id = $1`, sam.user)
		same(t, typed+" reaches its workspace", waits == 1, reaches)
		same(t, typed+": a request is kept", s.Count(t, `select count(*) from support_requests where user_id = $1`, sam.user), 1)
		// The page, to the byte, of a code that exists and of one that does not.
		blank := func(p *page, typed string) string {
			return strings.ReplaceAll(answered.ReplaceAllString(p.body, ""), typed, "TYPED")
		}
		if typed == code {
			other := sam.get("/support").submit("Ask", url.Values{"workspace": {"HHHH-HHHJ"}, "reason": {"You rang us"}})
			same(t, "nobody learns whether there is a code", blank(other, "HHHH-HHHJ"), blank(sent, code))
		}
	}
	same(t, "the twins' logs", s.Count(t, `select count(*) from audit_events e join workspaces w on w.id = e.workspace_id
		where lower(w.name) = 'twin' and e.action = 'support.requested'`), 0)
}

// workspaceTyped returns what a request shows of what was typed.
func workspaceTyped(typed string) string {
	if _, id, found := strings.Cut(typed, "/workspaces/"); found {
		return id[:36]
	}
	return typed
}

func TestARequestsPageTellsWhenSupportIsLetIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	owner := s.as(t, ws.Workspace(), access.Owner)
	sam, _ := s.supportPerson(t)
	other, _ := s.supportPerson(t)
	code := owner.get(at(ws, "personas")).code()
	asked := sam.get("/support").submit("Ask", url.Values{"workspace": {code}, "reason": {"You rang us"}}).is(http.StatusOK)
	looks := func(b *client) *page {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+asked.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("HX-Request", "true")
		return b.do(request)
	}
	same(t, "nothing is told before", looks(sam).is(http.StatusNoContent).body, "")
	other.get(asked.path).is(http.StatusNotFound)
	looks(other).is(http.StatusNotFound)

	owner.get("/workspaces").says("1 request waits for support access to Harbor").
		follow("1 request waits for support access to Harbor").is(http.StatusOK).
		submit("Approve the request of Sam Okafor", nil).is(http.StatusOK)
	same(t, "none waits", strings.Contains(owner.get("/workspaces").text(), "request"), false)
	told := looks(sam).is(http.StatusOK).says("You have access to Harbor", "Open Harbor")
	same(t, "it is announced, and not looked for again", []bool{strings.Contains(told.body, `id="status" hx-swap-oob`),
		strings.Contains(told.body, "hx-trigger")}, []bool{true, false})
	page := sam.get(asked.path).follow("Look again").is(http.StatusOK).says("You have access to Harbor")
	page.follow("Open Harbor").is(http.StatusOK).says("You are here as support staff")
	sam.get("/workspaces").says("You are support staff here and may switch the default persona until", "(in 1 hour)")

	owner.get(at(ws, "support")).submit("Revoke the access of Sam Okafor", nil).is(http.StatusOK)
	ended := sam.get(asked.path).says("Your access to Harbor has ended")
	same(t, "no way in", strings.Contains(ended.text(), "Open Harbor"), false)
	for _, n := range []int{1, 2} {
		sam.post("/support", url.Values{"workspace": {code}, "scope": {"switch"}, "hours": {"1"}, "reason": {strconv.Itoa(n)}})
	}
	root := s.signIn(t, access.NewUser{Superadmin: true})
	root.get("/workspaces").says("2 requests wait for support access")
	same(t, "a member is not asked", strings.Contains(s.as(t, ws.Workspace(), access.Member).get("/workspaces").text(),
		"requests wait"), false)
}

func TestAPageThatIsNotOpenToSupportOffersToAsk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	sam, _ := s.supportPerson(t)
	nowhere := uuid.NewString()
	there := sam.get(at(ws, "leads")).is(http.StatusNotFound)
	missing := sam.get("/workspaces/" + nowhere + "/leads").is(http.StatusNotFound)
	same(t, "the same words", strings.ReplaceAll(there.body, ws.Workspace().String(), "ID"),
		strings.ReplaceAll(missing.body, nowhere, "ID"))
	form := there.follow("Ask for access to this workspace, if there is one").is(http.StatusOK)
	same(t, "filled in", formFields(form.button("Ask")).Get("workspace"), ws.Workspace().String())
	form.submit("Ask", url.Values{"reason": {"Your link"}}).is(http.StatusOK).says("Your request is on its way")
	stranger := s.signIn(t, access.NewUser{})
	for b, path := range map[*client]string{stranger: at(ws, "leads"), sam: "/workspaces/x/leads"} {
		same(t, path, strings.Contains(b.get(path).is(http.StatusNotFound).text(), "Ask for access"), false)
	}
}

func TestTheReceiptOfASwitchIsReadToTheCustomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	s.NewPersona(t, ws, "Sales coach")
	s.NewCampaign(t, ws, "Spring")
	s.NewCampaign(t, ws, "Autumn")
	sam, email := s.supportPerson(t)
	if _, err := s.Grant(t.Context(), ws, email, access.SwitchOnly, 1, "On the phone"); err != nil {
		t.Fatal(err)
	}
	sam.get(at(ws, "personas")).submit("Make the default: Sales coach", nil).is(http.StatusOK).
		says("Read this to the customer Until now, Guide answered for every campaign without its own persona. " +
			"From now on, Sales coach answers for them. At the moment this concerns 2 campaigns. To undo it, press Undo")
	admin := s.as(t, ws.Workspace(), access.Admin)
	same(t, "admins have nobody to read it to", strings.Contains(admin.get(at(ws, "personas")).
		submit("Make the default: Guide", nil).text(), "Read this"), false)
}

func TestTheAnswerToARequestAppearsByItselfInABrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	tab, _, _ := s.person(t, true, access.NewUser{Name: "Sam Okafor", Support: true})
	tab.Get("/support")
	tab.Type("Support code or name", "harbor")
	tab.Type("Reason", "You rang us")
	tab.Press("Ask")
	tab.Says("No answer yet", "The answer appears here by itself")
	var request uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `select id from support_requests`).Scan(&request); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(t.Context(), ws, request, true); err != nil {
		t.Fatal(err)
	}
	browser.Evaluate[bool](tab, `htmx.trigger(document.querySelector("[data-look]"), "look"); true`) // as every ten seconds
	tab.Awaits("You have access to Harbor")
	tab.Press("Open Harbor")
	tab.Says("You are here as support staff and may switch the default persona until")
}

func TestASupportCodeIsReplacedAndTheOldOneFindsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor").Workspace()
	admin, reader, sam := s.as(t, ws, access.Admin), s.as(t, ws, access.Member), s.signIn(t, access.NewUser{Support: true})
	const replace = "Replace the support code"
	page := admin.get(at(s.Access(t, admin.user, ws), "support"))
	old := page.code()
	form := formFields(page.button(replace))
	reader.post("/workspaces/"+ws.String()+"/support/code", form).is(http.StatusForbidden)
	sam.post("/workspaces/"+ws.String()+"/support/code", form).is(http.StatusNotFound)
	if reader.get("/workspaces/"+ws.String()+"/support").button(replace) != nil {
		t.Error("a member is offered what they may not do")
	}
	replaced := page.submit(replace, nil).is(http.StatusOK).says("Nobody finds this workspace by the code before any more.")
	code := replaced.code()
	same(t, "another one", code != old, true)
	same(t, "pressed twice is done once", page.submit(replace, nil).is(http.StatusOK).code(), code)
	same(t, "recorded", s.Count(t, `select count(*) from audit_events where action = 'support.code_replaced'`), 1)
	admin.get("/workspaces/" + ws.String() + "/activity?action=support").says("Replaced the support code")
	for reaches, typed := range []string{old, code} {
		sam.post("/support", url.Values{"workspace": {typed}, "scope": {"switch"}, "hours": {"1"}, "reason": {"You rang us"}}).
			is(http.StatusOK)
		same(t, typed, s.Count(t, `select count(*) from support_requests where workspace_id = $1`, ws), reaches)
	}
}
