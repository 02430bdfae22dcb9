package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/web"
)

// sending returns the form of a page that sends to a path, by its own action or by
// that of one of its buttons; nil: none does.
func (p *page) sending(path string) *html.Node {
	for n := range p.doc().Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attr(n, "method") != "post" {
			continue
		}
		if attr(n, "action") == path {
			return n
		}
		for button := range n.Descendants() {
			if attr(button, "formaction") == path {
				return n
			}
		}
	}
	return nil
}

// wordFields names the fields of a form in which somebody types what is no proof
// of who they are.
func wordFields(form *html.Node) []string {
	var names []string
	for n := range form.Descendants() {
		typed := n.Data == "textarea" || n.Data == "input" &&
			slices.Contains([]string{"text", "email", "url", "search"}, attr(n, "type"))
		if name := attr(n, "name"); typed && name != "" && name != "code" {
			names = append(names, name)
		}
	}
	return names
}

// TestEveryFormComesBackAfterSigningIn sends the form of every POST after its
// session is over, as a program without a Referer does, and signs in: the page
// that holds the form is there again, with all that was typed, and nothing was
// done.
func TestEveryFormComesBackAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	full, empty := s.Workspace(t, "Full"), s.Workspace(t, "Empty")
	s.NewPersona(t, full, "Default")
	b := s.signIn(t, access.NewUser{Superadmin: true, Support: true})
	email := emailOf(t, s, b.user)
	x := s.target(t, full)
	// These buttons are there only where something is in a state of its own.
	unheld := []string{"/account/app/remove", "/account/codes", "/account/passkeys", "/account/passkeys/:k/remove",
		"/account/sessions/:s/end",
		"/workspaces/:ws/personas/:p/history/:version/restore",
		"/workspaces/:ws/health", "/workspaces/:ws/webhooks/:h/resume", "/workspaces/:ws/campaigns/:c/unarchive",
		"/workspaces/:ws/campaigns/:c/propose", "/workspaces/:ws/proposals/:o/withdraw", "/workspaces/:ws/notices",
		"/workspaces/:ws/workspace/unarchive", "/workspaces/:ws/leads/:l/drafts/:d/reopen", "/people/:u/enable", "/house/:house/offer",
		// The form of a draft says in a field what is decided; these stay for programs of before.
		"/workspaces/:ws/leads/:l/drafts/:d/approve", "/workspaces/:ws/leads/:l/drafts/:d/reject"}
	kept := 0
	for _, route := range s.server.Routes() {
		if route.FormPage == "" || route.Path == "/support/requests/:r/withdraw" { // open to who asked alone
			continue
		}
		at := x
		if strings.HasSuffix(route.Path, "/import") {
			at.ws = empty.Workspace().String()
		}
		page, path := at.in(route.FormPage), at.in(route.Path)
		form := b.get(page).is(http.StatusOK).sending(path)
		if held := !slices.Contains(unheld, route.Path); held != (form != nil) {
			t.Errorf("%s: %s holds its form: %t, want %t", route.Path, route.FormPage, form != nil, held)
		}
		fields, words := typedInto(form)
		s.expire(t)
		before := s.Snapshot(t, "sessions", "sign_in_failures", "account_events")
		late := b.post(path, fields)
		if len(words) > 0 {
			kept++
			late.is(http.StatusUnauthorized).says("What you typed is kept")
		} else if late.status != http.StatusUnauthorized {
			same(t, route.Path+": asked to sign in", late.path, "/login")
		}
		back := late.submit("Sign in", url.Values{"email": {email}, "password": {password}})
		same(t, route.Path+": nothing was done", s.Snapshot(t, "sessions", "sign_in_failures", "account_events"), before)
		if len(words) == 0 && late.status != http.StatusUnauthorized {
			same(t, route.Path+": page", back.path, page)
		}
		if form == nil {
			continue
		}
		again := back.sending(path)
		if again == nil {
			t.Errorf("%s: signing in leads to %s, which does not hold its form:\n%s", route.Path, back.path, back.text())
			continue
		}
		for _, name := range words {
			same(t, route.Path+": "+name, formFields(again).Get(name), "Typed <&> "+name)
		}
	}
	if kept < 15 {
		t.Errorf("only %d forms with words were met", kept)
	}
}

// typedInto returns a form's fields with words typed into those that take some,
// and the names of these; nothing of no form.
func typedInto(form *html.Node) (fields url.Values, words []string) {
	if form == nil {
		return url.Values{}, nil
	}
	fields, words = formFields(form), wordFields(form)
	for _, name := range words {
		fields.Set(name, "Typed <&> "+name)
	}
	return fields, words
}

func TestARouteWhoseFormNoPageHoldsMakesTheStartFail(t *testing.T) {
	t.Parallel()
	if err := web.Unheld(); err == nil || !strings.Contains(err.Error(), "POST /elsewhere/:p/do") {
		t.Errorf("error is %v", err)
	}
}

func TestPasswordsAndCodesAreNeverKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.expire(t)
	late := b.post(at(ws, "personas"), url.Values{"name": {"Typed"}, "password": {"hunter-secret"},
		"code": {"123456"}}).is(http.StatusUnauthorized)
	kept := unsealed(t, formFields(late.button("Sign in")).Get("kept"))
	if !strings.Contains(kept, "Typed") || strings.Contains(kept, "hunter") || strings.Contains(kept, "123456") {
		t.Errorf("kept is %s", kept)
	}
}

// TestLongFieldsInConflictOutliveASession has as much as six fields can hold come
// late, three times over: as it was, as somebody else has it, and as it was typed.
func TestLongFieldsInConflictOutliveASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	long := func(by string) (v persona.Voice, fields url.Values) {
		fields = url.Values{}
		for _, f := range persona.Fields() {
			if !f.OneLine {
				text := strings.Repeat(by, f.Limit)
				*f.Of(&v) = text
				fields.Set(f.Name, text)
			}
		}
		return v, fields
	}
	save := func(version int, by string) {
		t.Helper()
		v, _ := long(by)
		if _, err := s.Edit(t.Context(), ws, p.ID, version, persona.Content{Name: p.Name, Voice: v},
			persona.KeepDefault); err != nil {
			t.Fatal(err)
		}
	}
	save(p.Version, "原")
	page := b.get(at(ws, "personas", p.ID.String())).is(http.StatusOK)
	save(p.Version+1, "他")
	_, mine := long("我")
	conflict := page.submit("Save changes", mine).is(http.StatusConflict)
	same(t, "fields typed", len(mine), 6)
	s.expire(t)
	before := s.Snapshot(t, "sessions", "sign_in_failures", "account_events")
	back := conflict.submit("Save changes", nil).is(http.StatusUnauthorized).says("What you typed is kept").
		submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)},
			"password": {"wrong password"}}).is(http.StatusUnprocessableEntity).
		submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)},
			"password": {password}}).is(http.StatusUnprocessableEntity)
	same(t, "tables", s.Snapshot(t, "sessions", "sign_in_failures", "account_events"), before)
	again := formFields(back.button("Save changes"))
	for name := range mine {
		same(t, name, again.Get(name) == mine.Get(name), true)
		same(t, name+" of theirs", strings.Trim(again.Get("theirs_"+name), "他"), "")
		same(t, name+" as it was", strings.Trim(again.Get("original_"+name), "原"), "")
	}
	chosen := url.Values{}
	for name := range mine {
		chosen.Set("choose_"+name, "yours")
	}
	back.submit("Save changes", chosen).is(http.StatusOK).says("was saved")
	same(t, "saved", s.Count(t, `select count(*) from personas where id = $1 and goals = $2`, p.ID, mine.Get("goals")), 1)
}

// TestAFileOfTheGreatestLengthOutlivesASession sends one that is longest when it is
// signed and written into a form again.
func TestAFileOfTheGreatestLengthOutlivesASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.expire(t)
	text := strings.Repeat("我", 266_666)
	late := b.upload(at(ws, "personas", "load"), text, nil).is(http.StatusUnauthorized)
	back := late.submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}})
	if !strings.Contains(back.body, text) {
		t.Errorf("%d: the text is gone", back.status)
	}
}

func TestManyChosenCampaignsAreStillChosenAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	one, two := s.NewCampaign(t, ws, "One").String(), s.NewCampaign(t, ws, "Two").String()
	b := s.as(t, ws.Workspace(), access.Admin)
	page := b.get(at(ws, "campaigns"))
	s.expire(t)
	back := page.submit("Assign to the chosen campaigns",
		url.Values{"campaign": {one, two}, "persona": {p.ID.String()}}).is(http.StatusUnauthorized).
		submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}).is(http.StatusOK)
	chosen := 0
	for n := range back.doc().Descendants() {
		if attr(n, "name") == "campaign" && has(n, "checked") {
			chosen++
		}
	}
	same(t, "chosen", chosen, 2)
	same(t, "persona", formFields(back.button("Assign to the chosen campaigns")).Get("persona"), p.ID.String())
}

func TestSigningInLeadsOnlyToPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	credentials := url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}
	persona := at(ws, "personas", p.ID.String())
	for next, leads := range map[string]string{
		persona:                   persona,
		at(ws, "campaigns?q=a"):   at(ws, "campaigns"),
		"/logout":                 "/workspaces",
		"/login/second":           "/workspaces",
		persona + "/default":      "/workspaces",
		at(ws, "personas/import"): "/workspaces",
		"/nowhere":                "/workspaces",
		"/api/v1/workspaces/" + ws.Workspace().String() + "/personas": "/workspaces",
	} {
		visitor := s.client(t)
		same(t, next, visitor.get("/login?next="+url.QueryEscape(next)).submit("Sign in", credentials).path, leads)
		same(t, next+", in the query of the POST", visitor.post("/login?next="+url.QueryEscape(next),
			credentials).path, leads)
	}
}
