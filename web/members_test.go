package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// inviteLink invites somebody through the page and returns the path of the link.
func inviteLink(t *testing.T, admin *client, ws postgres.Access, email, role string) string {
	t.Helper()
	page := admin.get(at(ws, "members")).submit("Make an invitation", url.Values{"email": {email}, "role": {role}}).
		is(http.StatusOK).says(email + " is invited")
	link := regexp.MustCompile(`/invitations/[A-Za-z0-9_-]{43}`).FindString(page.body)
	if link == "" {
		t.Fatalf("no link is shown:\n%s", page.body)
	}
	if strings.Contains(admin.get(at(ws, "members")).body, link) {
		t.Error("the link is shown twice")
	}
	return link
}

func TestInvitationMakesAnAccountAndAMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	link := inviteLink(t, admin, ws, "new@example.com", "admin")
	b := s.client(t)
	before := s.Snapshot(t)
	form := b.get(link).is(http.StatusOK).says("Ada Morgan invites new@example.com to join Harbor as admin.")
	bad := form.submit("Join Harbor", url.Values{"name": {"Nia"}, "password": {"short"}}).
		is(http.StatusUnprocessableEntity).says("8 to 256 characters; this one has 5")
	same(t, "name is kept", formFields(bad.button("Join Harbor")).Get("name"), "Nia")
	same(t, "looking at it and failing changed nothing", s.Snapshot(t), before)

	form.submit("Join Harbor", url.Values{"name": {"Nia"}, "password": {password}}).is(http.StatusOK).
		says("Welcome to Harbor", "You are an admin here.")
	b.get(at(ws, "personas", "new")).is(http.StatusOK)
	s.client(t).get(link).is(http.StatusNotFound).says("This link does not work any more",
		"Ask whoever sent it for a new one.")
	s.client(t).post(link, url.Values{"name": {"Eve"}, "password": {password}}).is(http.StatusNotFound)
	same(t, "recorded", s.Count(t, `select count(*) from audit_events e join users u on u.id = e.actor_id
		where e.action = 'member.joined' and u.email = 'new@example.com' and e.details->>'role' = 'admin'`), 1)
	if strings.Contains(s.log.String(), link[len("/invitations/"):]) {
		t.Error("the log holds the token")
	}
	same(t, "only the hash is stored", s.Count(t, `select count(*) from invitations i where i::text like $1`, "%"+
		link[len("/invitations/"):]+"%"), 0)
}

func TestAnAddressThatDoesNotShowAllOfItselfIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t, "sign_in_failures")
	for email, says := range map[string]string{
		"\u202cnew@example.com": "U+202C, at character 1", "new@example.com\u200b": "U+200B, at character 16", "new@exam\u00adple.com": "U+00AD, at character 9",
	} {
		again := admin.get(at(ws, "members")).submit("Make an invitation", url.Values{"email": {email}, "role": {"member"}}).
			is(http.StatusUnprocessableEntity).says("a character that nobody sees, " + says)
		same(t, "typed", formFields(again.button("Make an invitation")).Get("email"), email)
		s.client(t).get("/login").submit("Sign in", url.Values{"email": {email}, "password": {password}}).
			is(http.StatusUnprocessableEntity).says("a character that nobody sees, " + says)
	}
	same(t, "tables", s.Snapshot(t, "sign_in_failures"), before)
}

func TestTwoInvitationsOfOneNewAddressMakeOneAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 10 {
		email := uuid.NewString() + "@example.com"
		var links []string
		for _, name := range []string{"Harbor", "Cedar"} {
			ws := s.Workspace(t, name)
			token := uuid.NewString()
			if _, err := s.Invite(t.Context(), ws, email, access.Member, hashOf(token)); err != nil {
				t.Fatal(err)
			}
			links = append(links, token)
		}
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, token := range links {
			all.Go(func() { _, _, errs[i] = s.JoinAs(t.Context(), hashOf(token), "Nia", s.hash) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), persona.ErrNotFound) {
			t.Fatalf("joining twice: %v", errs)
		}
	}
}

func TestInvitationIsForItsAddressAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	s.User(t, access.NewUser{Email: "Known@Example.com", Name: "Kim", PasswordHash: s.hash})
	link := inviteLink(t, admin, ws, "known@example.com", "member")
	stranger := s.signIn(t, access.NewUser{})
	before := s.Snapshot(t)
	stranger.get(link).submit("Join Harbor", nil).is(http.StatusForbidden).says("This invitation is for somebody else")
	s.client(t).post(link, url.Values{"name": {"Eve"}, "password": {password}}).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t), before)

	kim := s.client(t)
	signIn := kim.get(link).is(http.StatusOK).says("Sign in as known@example.com, then join.")
	same(t, "no account is offered", signIn.button("Join Harbor") == nil, true)
	kim.get("/login?next="+link).submit("Sign in", url.Values{"email": {"known@example.com"},
		"password": {password}}).is(http.StatusOK).
		submit("Join Harbor", nil).is(http.StatusOK).says("You are a member here.")
	kim.get(at(ws, "personas", "new")).is(http.StatusForbidden)
}

func TestRevokedAndExpiredInvitationsDoNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	revoked := inviteLink(t, admin, ws, "a@example.com", "member")
	admin.get(at(ws, "members")).submit("Revoke the invitation of a@example.com", nil).is(http.StatusOK).
		says("The invitation was revoked")
	expired := inviteLink(t, admin, ws, "b@example.com", "member")
	s.Exec(t, `update invitations set expires_at = now() where email = 'b@example.com'`)
	for _, link := range []string{revoked, expired, "/invitations/" + strings.Repeat("x", 43), "/invitations/%00"} {
		s.client(t).get(link).is(http.StatusNotFound).says("This link does not work any more")
		s.client(t).post(link, url.Values{"name": {"Eve"}, "password": {password}}).is(http.StatusNotFound)
	}
	same(t, "members", s.Count(t, `select count(*) from members where workspace_id = $1`, ws.Workspace()), 2)
}

func TestRolesChangeAndRemovalEndsAccessAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	admin := s.as(t, ws.Workspace(), access.Admin)
	milo := s.signIn(t, access.NewUser{Name: "Milo"})
	s.Member(t, ws.Workspace(), milo.user, access.Member)
	milo.get(at(ws, "personas", "new")).is(http.StatusForbidden)
	stale := admin.get(at(ws, "members"))
	admin.get(at(ws, "members")).submit("Save the role of Milo", url.Values{"role": {"admin"}}).is(http.StatusOK).
		says("Milo is an admin now")
	milo.get(at(ws, "personas", "new")).is(http.StatusOK)
	stale.submit("Save the role of Milo", url.Values{"role": {"member"}}).is(http.StatusConflict).
		says("Somebody else changed this role meanwhile")

	access := s.Access(t, milo.user, ws.Workspace())
	admin.get(at(ws, "members", milo.user.String(), "remove")).is(http.StatusOK).
		says("loses access to Harbor at once").submit("Remove Milo", nil).is(http.StatusOK).says("Milo is no longer a member")
	milo.get(at(ws, "personas")).is(http.StatusNotFound)
	if _, err := s.SetDefault(t.Context(), access, p.ID); err == nil {
		t.Error("a write that was let in before the removal was done after it")
	}
	same(t, "events", s.Count(t, `select count(*) from audit_events
		where action in ('member.role_changed', 'member.removed') and details->>'user' = $1`, milo.user.String()), 2)
}

func TestOnlyOwnersManageOwners(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor") // with an owner
	admin := s.as(t, ws.Workspace(), access.Admin)
	owner := s.as(t, ws.Workspace(), access.Owner)
	before := s.Snapshot(t)
	admin.post(at(ws, "members", owner.user.String()), url.Values{"was": {"owner"}, "role": {"member"}}).
		is(http.StatusForbidden)
	admin.post(at(ws, "members", admin.user.String()), url.Values{"was": {"admin"}, "role": {"owner"}}).
		is(http.StatusForbidden)
	admin.post(at(ws, "members", owner.user.String(), "remove"), nil).is(http.StatusForbidden)
	admin.post(at(ws, "members"), url.Values{"email": {"x@example.com"}, "role": {"owner"}}).is(http.StatusForbidden)
	same(t, "tables", s.Snapshot(t), before)
	owner.post(at(ws, "members", admin.user.String()), url.Values{"was": {"admin"}, "role": {"owner"}}).is(http.StatusOK)
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{Name: "Olga"})
	id, err := s.Owner.AddWorkspace(t.Context(), "Harbor", emailOf(t, s, b.user))
	if err != nil {
		t.Fatal(err)
	}
	ws := s.Access(t, b.user, id)
	s.Member(t, id, s.User(t, access.NewUser{}), access.Member)
	before := s.Snapshot(t)
	b.post(at(ws, "members", b.user.String()), url.Values{"was": {"owner"}, "role": {"member"}}).
		is(http.StatusConflict).says("This is the last admin of the workspace.")
	b.post(at(ws, "members", b.user.String(), "remove"), nil).is(http.StatusConflict).says("This is the last admin")
	same(t, "tables", s.Snapshot(t), before)
	for _, sql := range []string{`delete from members where role = 'owner'`, `update members set role = 'member'`} {
		if _, err := s.SQL.Exec(t.Context(), sql); err == nil {
			t.Errorf("plain SQL may: %s", sql)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

// TestTwoOwnersWhoDemoteEachOtherLeaveOne lets both do it at once, many times.
func TestTwoOwnersWhoDemoteEachOtherLeaveOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 30 {
		a := s.Workspace(t, "Harbor")
		other := s.User(t, access.NewUser{})
		s.Member(t, a.Workspace(), other, access.Owner)
		b := s.Access(t, other, a.Workspace())
		var first uuid.UUID
		if err := s.SQL.QueryRow(t.Context(), `select user_id from members where workspace_id = $1 and user_id <> $2`,
			a.Workspace(), other).Scan(&first); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() { _, _ = s.ChangeRole(t.Context(), a, other, access.Owner, access.Member) })
		all.Go(func() { _, _ = s.ChangeRole(t.Context(), b, first, access.Owner, access.Member) })
		all.Wait()
		same(t, "owners", s.Count(t, `select count(*) from members where workspace_id = $1 and role = 'owner'`,
			a.Workspace()), 1)
	}
}

func emailOf(t *testing.T, s *site, user uuid.UUID) string {
	t.Helper()
	var email string
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	return email
}
