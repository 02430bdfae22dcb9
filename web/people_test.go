package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
)

func TestASuperadminFindsPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.signIn(t, access.NewUser{Superadmin: true, Name: "Root"})
	ws := s.Workspace(t, "Harbor")
	nia := s.User(t, access.NewUser{Name: "Nia Sörensen", Email: "nia@example.com", Support: true})
	s.Member(t, ws.Workspace(), nia, access.Admin)
	s.User(t, access.NewUser{Name: "Gone", Email: "gone@example.com"})
	s.Exec(t, `update users set removed_at = now(), disabled_at = now() where email = 'gone@example.com'`)
	page := root.get("/workspaces").is(http.StatusOK).says("People")
	page = page.get("/people").is(http.StatusOK).says("Nia Sörensen", "nia@example.com", "support staff", "1 workspace")
	if strings.Contains(page.text(), "Gone") {
		t.Error("who was removed is in the list")
	}
	for _, search := range []string{"soRensen", "NIA@exa"} {
		found := root.get("/people?q=" + url.QueryEscape(search)).is(http.StatusOK).says("Nia Sörensen")
		if strings.Contains(found.text(), emailOf(t, s, root.user)) {
			t.Errorf("%s finds everybody", search)
		}
	}
	root.get("/people?q=nobody").is(http.StatusOK).says("Nobody’s name or address matches “nobody”")
	root.get("/people/"+nia.String()).is(http.StatusOK).says("Harbor , as admin", "support staff")

	s.Exec(t, `insert into users (email, name) select 'p' || lpad(n::text, 3, '0') || '@example.com', 'P' || n
		from generate_series(1, 60) n`)
	first := root.get("/people?q=p0").is(http.StatusOK).says("p001@example.com", "p050@example.com", "Next page")
	if strings.Contains(first.text(), "p051@") {
		t.Error("a page holds more than 50")
	}
	root.get("/people?q=p0&page=2").is(http.StatusOK).says("p051@example.com", "p060@example.com", "Previous page")
	root.get("/people?q=p0&page=3").is(http.StatusOK).says("The list ends before this page")
	reader := s.as(t, ws.Workspace(), access.Owner)
	if strings.Contains(reader.get("/workspaces").body, `href="/people"`) {
		t.Error("an owner is led to the people")
	}
	for _, path := range []string{"/people", "/people/" + nia.String(), "/people/" + nia.String() + "/remove"} {
		reader.get(path).is(http.StatusNotFound)
		s.client(t).get(path).is(http.StatusOK).says("Sign in")
	}
}

func TestASuperadminDisablesEnablesAndRemovesPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.signIn(t, access.NewUser{Superadmin: true, Name: "Root"})
	ws := s.Workspace(t, "Harbor")
	// A rule about who writes in the workspace does not keep what a leaver had alive.
	s.Exec(t, `update workspaces set require_second_factor = true`)
	ada := s.as(t, ws.Workspace(), access.Admin)
	a := s.Access(t, ada.user, ws.Workspace())
	s.Exec(t, `insert into user_totp (user_id, secret, last_step) values ($1, decode(repeat('61', 20), 'hex'), 0)`,
		ada.user)
	token := s.token(t, a, "write")
	s.User(t, access.NewUser{Email: "sam@example.com", Name: "Sam", Support: true})
	if _, err := s.Grant(t.Context(), a, "sam@example.com", access.FullAccess, 1, "help"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Invite(t.Context(), a, "nia@example.com", access.Member, hashOf("i")); err != nil {
		t.Fatal(err)
	}
	path := "/people/" + ada.user.String()
	page := root.get(path).is(http.StatusOK).
		says("This ends at once: 2 sessions, 1 API token, 1 support grant and 1 invitation.", "stays in the audit log")
	page = page.submit("Disable Ada Morgan", nil).is(http.StatusOK).says("Ada Morgan can no longer sign in",
		"Ended: 2 sessions, 1 API token, 1 support grant and 1 invitation.", "disabled")
	same(t, "their page", ada.get("/workspaces").path, "/login")
	s.ask(t, token, "GET", api(ws, "personas"), "").refused(http.StatusUnauthorized, "unauthorized")
	same(t, "events of a superadmin", s.Count(t, `select count(*) from audit_events where capacity = 'superadmin'
		and actor_id = $1 and action in ('token.revoked', 'support.revoked', 'invitation.revoked')`, root.user), 3)
	root.get(at(ws, "activity")).is(http.StatusOK).says("Root")

	before := s.Snapshot(t)
	root.post(path+"/disable", nil).is(http.StatusOK).says("They had no open session")
	same(t, "pressed twice", s.Snapshot(t), before)
	page.submit("Enable Ada Morgan", nil).is(http.StatusOK).says("Ada Morgan can sign in again")
	ada.get("/login").submit("Sign in", url.Values{"email": {emailOf(t, s, ada.user)}, "password": {password}}).
		is(http.StatusOK)
	s.ask(t, token, "GET", api(ws, "personas"), "").refused(http.StatusUnauthorized, "unauthorized")

	root.get(path+"/remove").is(http.StatusOK).says("Remove Ada Morgan?", "taken out of 1 workspace",
		"cannot be undone").submit("Remove Ada Morgan", nil).is(http.StatusOK).
		says("Ada Morgan was removed", "They were taken out of 1 workspace.", "can be invited again")
	same(t, "memberships", s.Count(t, `select count(*) from members where user_id = $1`, ada.user), 0)
	same(t, "factors", s.Count(t, `select count(*) from user_totp where user_id = $1`, ada.user), 0)
	same(t, "name in the log", s.Count(t, `select count(*) from users where id = $1 and name = 'Ada Morgan'`, ada.user), 1)
	for _, path := range []string{path, path + "/remove"} {
		root.get(path).is(http.StatusNotFound)
	}
	for _, action := range []string{"enable", "disable", "remove"} {
		root.post(path+"/"+action, nil).is(http.StatusNotFound)
	}
}

func TestTheLastOwnerIsNotRemovedByAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.signIn(t, access.NewUser{Superadmin: true})
	ws := s.Workspace(t, "Harbor")
	var owner uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `select user_id from members where role = 'owner'`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	s.as(t, ws.Workspace(), access.Member)
	path := "/people/" + owner.String() + "/remove"
	page := root.get(path).is(http.StatusOK).says("last owner or admin of “Harbor”", "Make somebody else an owner")
	if form := page.button("Remove Owner"); form != nil {
		t.Error("there is a button")
	}
	before := s.Snapshot(t)
	root.post(path, nil).is(http.StatusConflict).says("last owner or admin of Harbor")
	same(t, "tables", s.Snapshot(t), before)
}

func TestASuperadminGivesAndTakesStandingButNotTheirOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.signIn(t, access.NewUser{Superadmin: true, Name: "Root"})
	nia := s.signIn(t, access.NewUser{Name: "Nia"})
	path := "/people/" + nia.user.String()
	page := root.get(path).submit("Make superadmin", nil).is(http.StatusOK).says("Nia is a superadmin now")
	nia.get("/people").is(http.StatusOK)
	page = page.submit("Make support staff", nil).is(http.StatusOK).says("Nia is support staff now")
	nia.get("/support").is(http.StatusOK)
	page = page.submit("Take away superadmin", nil).is(http.StatusOK).says("Nia is no longer a superadmin")
	nia.get("/people").is(http.StatusNotFound)
	page.submit("Take away support staff", nil).is(http.StatusOK).says("Nia is no longer support staff")
	nia.get("/support").is(http.StatusNotFound)

	own := "/people/" + root.user.String()
	for _, path := range []string{own, own + "/remove"} {
		page := root.get(path).is(http.StatusOK).says("so that nobody locks themselves out by mistake")
		if strings.Contains(page.body, `action="`+own) {
			t.Errorf("%s has a form", path)
		}
	}
	before := s.Snapshot(t)
	for action, form := range map[string]url.Values{"superadmin": {"holds": {"no"}}, "support": {"holds": {"yes"}},
		"disable": nil, "enable": nil, "remove": nil} {
		root.post(own+"/"+action, form).is(http.StatusConflict).says("Another superadmin must do this")
	}
	for _, holds := range []string{"", "maybe"} {
		root.post(path+"/superadmin", url.Values{"holds": {holds}}).is(http.StatusUnprocessableEntity)
	}
	same(t, "tables", s.Snapshot(t), before)
}

// TestADemotedSuperadminPressesForNothing demotes between the page and the press.
func TestADemotedSuperadminPressesForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(t, access.NewUser{Superadmin: true})
	root := s.signIn(t, access.NewUser{Superadmin: true})
	nia := s.signIn(t, access.NewUser{Name: "Nia"})
	page := root.get("/people/" + nia.user.String()).is(http.StatusOK)
	remove := root.get("/people/" + nia.user.String() + "/remove").is(http.StatusOK)
	s.Exec(t, `update users set superadmin = false where id = $1`, root.user)
	before := s.Snapshot(t)
	for _, button := range []string{"Make superadmin", "Make support staff", "Disable Nia"} {
		page.submit(button, nil).is(http.StatusNotFound)
	}
	remove.submit("Remove Nia", nil).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t), before)
}

func TestTwoSuperadminsWhoDemoteEachOtherLeaveOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for try := range 5 {
		one, two := s.signIn(t, access.NewUser{Superadmin: true}), s.signIn(t, access.NewUser{Superadmin: true})
		s.Exec(t, `update users set superadmin = false where id not in ($1, $2)`, one.user, two.user)
		ask := []func() int{
			func() int {
				return one.post("/people/"+two.user.String()+"/superadmin", url.Values{"holds": {"no"}}).status
			},
			func() int { return two.post("/people/"+one.user.String()+"/disable", nil).status },
		}
		got := make([]int, len(ask))
		var all sync.WaitGroup
		for i, press := range ask {
			all.Go(func() { got[i] = press() })
		}
		all.Wait()
		same(t, fmt.Sprint(try, ": superadmins who may sign in"),
			s.Count(t, `select count(*) from users where superadmin and disabled_at is null`), 1)
		for _, status := range got {
			if status != http.StatusOK && status != http.StatusNotFound {
				t.Errorf("%d: answers %v", try, got)
			}
		}
	}
}
