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
	before := s.Snapshot(t, "sign_in_failures", "account_events")
	for email, says := range map[string]string{
		"\u202cnew@example.com": "U+202C, at character 1", "new@example.com\u200b": "U+200B, at character 16",
		"new@exam\u00adple.com": "U+00AD, at character 9",
	} {
		again := admin.get(at(ws, "members")).submit("Make an invitation", url.Values{"email": {email}, "role": {"member"}}).
			is(http.StatusUnprocessableEntity).says("a character that nobody sees, " + says)
		same(t, "typed", formFields(again.button("Make an invitation")).Get("email"), email)
		s.client(t).get("/login").submit("Sign in", url.Values{"email": {email}, "password": {password}}).
			is(http.StatusUnprocessableEntity).says("a character that nobody sees, " + says)
	}
	same(t, "tables", s.Snapshot(t, "sign_in_failures", "account_events"), before)
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
		says("This role was changed meanwhile")

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
	id, err := s.Owner(t).AddWorkspace(t.Context(), "Harbor", emailOf(t, s, b.user))
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

func emailOf(t testing.TB, s *site, user uuid.UUID) string {
	t.Helper()
	var email string
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	return email
}

// TestAnInvitationEndsWithItsGrounds takes from whoever invited, or was invited, what
// the invitation stood on.
func TestAnInvitationEndsWithItsGrounds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.User(t, access.NewUser{Superadmin: true}) // somebody has to stay
	for name, c := range map[string]struct {
		by   access.Role
		role string
		end  string
		open bool
	}{
		"nothing happened":      {access.Admin, "admin", `select $1::uuid`, true},
		"its admin was removed": {access.Admin, "admin", `delete from members where user_id = $1`, false},
		"its admin is a member now": {access.Admin, "member",
			`update members set role = 'member' where user_id = $1`, false},
		"its owner is an admin now": {access.Owner, "owner", `update members set role = 'admin' where user_id = $1`,
			false},
		"its owner is one, and it a lower": {access.Owner, "admin", `update members set role = 'admin' where user_id = $1`,
			true},
		"its superadmin is none now": {access.Superadmin, "owner",
			`update users set superadmin = false where id = $1`, false},
		"its superadmin is still one": {access.Superadmin, "owner", `select $1::uuid`, true},
	} {
		ws := s.Workspace(t, "Harbor")
		by := s.signIn(t, access.NewUser{Name: "Ada Morgan", Superadmin: c.by == access.Superadmin})
		if c.by != access.Superadmin {
			s.Member(t, ws.Workspace(), by.user, c.by)
		}
		link := inviteLink(t, by, ws, uuid.NewString()+"@example.com", c.role)
		s.Exec(t, c.end, by.user)
		want := http.StatusNotFound
		if c.open {
			want = http.StatusOK
		}
		if got := s.client(t).get(link).status; got != want {
			t.Errorf("%s: status %d", name, got)
		}
		got := s.client(t).post(link, url.Values{"name": {"Nia"}, "password": {password}})
		if got.status != want {
			t.Errorf("%s: joining answers %d", name, got.status)
		}
	}
}

func TestJoiningAndLeavingCloseWhatIsOpenForAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	owner := s.as(t, ws.Workspace(), access.Owner)
	open := func() int {
		return s.Count(t, `select count(*) from invitations where accepted_at is null and revoked_at is null`)
	}

	// A new invitation takes the place of the old one.
	first := inviteLink(t, owner, ws, "nia@example.com", "admin")
	second := inviteLink(t, owner, ws, "NIA@example.com", "member")
	same(t, "open", open(), 1)
	s.client(t).get(first).is(http.StatusNotFound)
	nia := s.client(t)
	nia.post(second, url.Values{"name": {"Nia"}, "password": {password}}).is(http.StatusOK)
	var user uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `select id from users where lower(email) = 'nia@example.com'`).Scan(&user); err != nil {
		t.Fatal(err)
	}

	// What was open before, from before there was this rule, goes with joining and removal.
	stray := func(email string, by uuid.UUID) {
		s.Exec(t, `insert into invitations (workspace_id, email, role, token_hash, invited_by, expires_at)
			values ($1, $2, 'admin', sha256(gen_random_uuid()::text::bytea), $3, now() + interval '1 day')`, ws.Workspace(), email, by)
	}
	stray("nia@example.com", owner.user)
	if _, err := s.ChangeRole(t.Context(), ws, user, access.Member, access.Admin); err != nil {
		t.Fatal(err)
	}
	same(t, "open after a change of role", open(), 0)
	stray("nia@example.com", owner.user)
	stray("other@example.com", user)
	if _, err := s.RemoveMember(t.Context(), ws, user); err != nil {
		t.Fatal(err)
	}
	same(t, "open after the removal", open(), 0)
}

func TestSupportIsOutWhenWhoLetItInMayNoLonger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	support, email := s.supportPerson(t)
	admin.get(at(ws, "support")).submit("Give access", url.Values{"email": {email}, "scope": {"full"}, "hours": {"1"},
		"reason": {"A ticket"}}).is(http.StatusOK)
	form := support.get(at(ws, "personas", "new")).is(http.StatusOK)
	s.Exec(t, `update members set role = 'member' where user_id = $1`, admin.user)
	support.get(at(ws, "personas")).is(http.StatusNotFound)
	form.submit("Create persona", url.Values{"name": {"Late"}}).is(http.StatusNotFound)
	admin.get(at(ws, "support")).is(http.StatusOK).says("who is no longer an admin here, so it has ended.")
	if text := support.get("/workspaces").text(); strings.Contains(text, "Harbor") {
		t.Error("the workspace is still listed")
	}
	s.Exec(t, `update members set role = 'admin' where user_id = $1`, admin.user)
	support.get(at(ws, "personas")).is(http.StatusOK)
}

func TestInvitationsAreThrottled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	form := admin.get(at(ws, "members"))
	invite := func(email string, status int) {
		t.Helper()
		form.submit("Make an invitation", url.Values{"email": {email}, "role": {"member"}}).is(status)
	}
	for range 3 {
		invite("nia@example.com", http.StatusOK)
	}
	invite("Nia@example.com", http.StatusTooManyRequests)
	for range 27 {
		invite(uuid.NewString()+"@example.com", http.StatusOK)
	}
	invite("last@example.com", http.StatusTooManyRequests)
	same(t, "open", s.Count(t, `select count(*) from invitations where revoked_at is null`), 28)
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	var owner uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `select user_id from members where workspace_id = $1 and role = 'owner'`,
		ws.Workspace()).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	stays := func(did string, err error) {
		t.Helper()
		var late *persona.TooLateError
		if !errors.As(err, &late) || !strings.Contains(late.Reason.String(), "last owner") {
			t.Errorf("%s: %v", did, err)
		}
	}
	for _, role := range []access.Role{access.Admin, access.Member} {
		_, err := s.ChangeRole(t.Context(), ws, owner, access.Owner, role)
		stays("becoming "+string(role), err)
	}
	_, err := s.RemoveMember(t.Context(), ws, owner)
	stays("leaving", err)
	same(t, "tables", s.Snapshot(t), before)
	s.as(t, ws.Workspace(), access.Owner)
	if _, err := s.ChangeRole(t.Context(), ws, owner, access.Owner, access.Admin); err != nil {
		t.Error(err)
	}
}
