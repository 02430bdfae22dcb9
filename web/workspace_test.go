package web_test

import (
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
	"personae/web"
)

func TestASuperadminCreatesAWorkspaceWithItsFirstAdmin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.signIn(t, access.NewUser{Superadmin: true})
	ada := s.signIn(t, access.NewUser{Name: "Ada"})
	const button = "Create workspace"
	form := root.get(root.get("/workspaces").link(button)).is(http.StatusOK)
	before := s.Snapshot(t, "sign_in_failures")
	bad := form.submit(button, url.Values{"name": {" "}, "admin": {"nobody"}}).is(http.StatusUnprocessableEntity).
		says("Enter a name for this workspace")
	same(t, "kept", formFields(bad.button(button)).Get("admin"), "nobody")
	ada.get("/workspaces/new").is(http.StatusNotFound)
	ada.post("/workspaces", url.Values{"name": {"Harbor"}, "admin": {emailOf(t, s, ada.user)}}).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t, "sign_in_failures"), before)

	form.submit(button, url.Values{"name": {"Harbor"}, "admin": {strings.ToUpper(emailOf(t, s, ada.user))}}).
		is(http.StatusOK).says("“Harbor” was created", "owns it.")
	same(t, "owner", s.Count(t, `select count(*) from members where user_id = $1 and role = 'owner'`, ada.user), 1)
	same(t, "recorded", s.Count(t, `select count(*) from audit_events where action = 'workspace.created' and actor_id = $1
		and capacity = 'superadmin'`, root.user), 1)
	ada.get("/workspaces").says("Harbor", "You own this workspace.")

	there := form.submit(button, url.Values{"name": {"HARBOR"}, "admin": {"new@example.com"}}).
		is(http.StatusUnprocessableEntity).says("There is a workspace of this name already")
	same(t, "workspaces", s.Count(t, `select count(*) from workspaces`), 1)
	invited := there.submit(button, url.Values{"again": {"yes"}}).is(http.StatusOK).
		says("new@example.com is invited to own it. Send them this link.")
	link := regexp.MustCompile(`/invitations/[A-Za-z0-9_-]{43}`).FindString(invited.body)
	s.client(t).get(link).is(http.StatusOK).submit("Join HARBOR", url.Values{"name": {"Nia"}, "password": {password}}).
		is(http.StatusOK).says("Welcome to HARBOR")
	same(t, "owners", s.Count(t, `select count(*) from members m join users u on u.id = m.user_id
		where m.role = 'owner' and u.email = 'new@example.com'`), 1)

	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { form.submit(button, url.Values{"name": {"Cedar"}, "admin": {"x@example.com"}}) })
	}
	all.Wait()
	same(t, "of several at once there is one", s.Count(t, `select count(*) from workspaces where name = 'Cedar'`), 1)
}

func TestAWorkspaceIsRenamedAndSaysWhichDraftsThatChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Nameless")
	named := s.NewPersona(t, ws, "Named")
	s.Exec(t, `update personas set display_name = 'Nora' where id = $1`, named.ID)
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	stranger := s.signIn(t, access.NewUser{})
	page := b.get(b.get(at(ws, "settings")).link("The workspace itself: its name, archiving and erasing it")).is(http.StatusOK).
		says("“Nameless” has no display name", "The next drafts show the new one.")
	before := s.Snapshot(t)
	long := page.submit("Rename", url.Values{"name": {strings.Repeat("x", 121)}}).is(http.StatusUnprocessableEntity)
	same(t, "kept", len(formFields(long.button("Rename")).Get("name")), 121)
	page.submit("Rename", url.Values{"name": {""}}).is(http.StatusUnprocessableEntity).says("Enter a name for this workspace")
	reader.post(at(ws, "workspace"), url.Values{"name": {"Mine"}, "version": {"1"}}).is(http.StatusForbidden)
	stranger.post(at(ws, "workspace"), url.Values{"name": {"Mine"}, "version": {"1"}}).is(http.StatusNotFound)
	if reader.get(at(ws, "workspace")).is(http.StatusOK).button("Rename") != nil {
		t.Error("a member is offered what they may not do")
	}
	same(t, "tables", s.Snapshot(t), before)

	for range 2 {
		page.submit("Rename", url.Values{"name": {"Harbour"}}).is(http.StatusOK).says("The workspace is called “Harbour”")
	}
	same(t, "stored", s.words(t, `select concat_ws('|', name, version) from workspaces`), "Harbour|2")
	conflict := page.submit("Rename", url.Values{"name": {"Haven"}}).is(http.StatusConflict).says("Harbor", "Harbour",
		"Name was changed by both of you", "Ada Morgan changed this while you were editing, last on ", "Theirs, saved by Ada Morgan")
	same(t, "nothing is chosen for them", formFields(conflict.button("Rename")).Has("choose_name"), false)
	conflict.submit("Rename", nil).is(http.StatusUnprocessableEntity).
		says("Choose theirs or yours for Name", "Theirs, saved by Ada Morgan")
	same(t, "typed", formFields(conflict.button("Rename")).Get("name"), "Haven")
	conflict.submit("Rename", url.Values{"choose_name": {"theirs"}}).is(http.StatusOK)
	same(t, "theirs", s.words(t, `select concat_ws('|', name, version) from workspaces`), "Harbour|2")
	conflict.submit("Rename", url.Values{"choose_name": {"yours"}}).is(http.StatusOK)
	same(t, "stored", s.words(t, `select concat_ws('|', name, version) from workspaces`), "Haven|3")
	same(t, "recorded", s.Count(t, `select count(*) from audit_events where action = 'workspace.renamed'`), 2)
	answer, err := s.ResolveInput(t.Context(), s.Access(t, b.user, ws.Workspace()), "", persona.Email)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "leads read", persona.Resolve(answer).Voice.DisplayName, "Haven")
}

func TestAnArchivedWorkspaceIsOnlyReadUntilItIsPutBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	c := s.NewCampaign(t, ws, "Spring")
	secret, token := s.secret(t, ws), s.token(t, ws, "write")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	stale := b.get(at(ws, "personas", p.ID.String()))
	reader.post(at(ws, "workspace/archive"), nil).is(http.StatusForbidden)
	for range 2 {
		b.post(at(ws, "workspace/archive"), nil)
	}
	b.get(at(ws, "workspace")).is(http.StatusOK).says("Harbor is archived: it can only be read.")
	same(t, "recorded once", s.Count(t, `select count(*) from audit_events where action = 'workspace.archived'`), 1)

	before := s.Snapshot(t, "api_tokens", "sign_in_failures")
	stale.submit("Save changes", url.Values{"greeting": {"Lost?"}}).is(http.StatusForbidden).
		says("This workspace is archived", "What you typed is kept below.", "Lost?")
	for path, form := range map[string]url.Values{
		"personas":                               {"name": {"x"}},
		"personas/" + p.ID.String() + "/default": nil,
		"campaigns":                              {"name": {"x"}},
		"campaigns/" + c.String() + "/archive":   nil,
		"settings":                               {"version": {"1"}},
		"members":                                {"email": {"x@example.com"}, "role": {"member"}},
		"workspace":                              {"name": {"x"}, "version": {"1"}},
		"tokens/secret":                          nil,
	} {
		b.post(at(ws, path), form).is(http.StatusForbidden).says("This workspace is archived")
	}
	told := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "x"}`).is(http.StatusForbidden)
	same(t, "code", told.Code, "archived")
	body := naming("m-1", "C-1", "")
	hooked := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
	same(t, "hook", hooked.body, `{"success":true,"data":{"draftId":null,"reason":"The workspace is archived, so the message was not stored."}}`)
	if _, err := s.Create(t.Context(), ws, persona.Content{Name: "An access from before"}, false); err == nil {
		t.Error("an access from before the archiving writes")
	}
	same(t, "tables", s.Snapshot(t, "api_tokens", "sign_in_failures"), before)

	for _, path := range []string{"personas", "campaigns", "leads", "activity", "settings", "why", "members"} {
		reader.get(at(ws, path)).is(http.StatusOK)
	}
	s.ask(t, token, "GET", api(ws, "personas"), "").is(http.StatusOK)
	same(t, "listed", reader.get("/workspaces").shelf(), []string{})
	same(t, "listed when asked for", reader.get(reader.get("/workspaces").link("Archived workspaces")).shelf(), []string{"Harbor"})
	reader.post(at(ws, "workspace/unarchive"), nil).is(http.StatusForbidden)
	b.get(at(ws, "workspace")).submit("Put this workspace back", nil).is(http.StatusOK).says("“Harbor” is back")
	b.post(at(ws, "campaigns"), url.Values{"name": {"x"}}).is(http.StatusOK).says("was created")
	body = naming("m-2", "C-1", "")
	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID()
}

func TestAnErasedWorkspaceLeavesNoRowAndSurvivesBeingBrokenOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	kept := s.target(t, other)
	s.target(t, ws)
	secret, token := s.secret(t, ws), s.token(t, ws, "write")
	s.Exec(t, `insert into campaigns (workspace_id, name) select $1, 'Wordy ' || n from generate_series(1, 400) n`, ws.Workspace())
	s.Exec(t, `insert into leads (workspace_id, external_id) select $1, 'wordy ' || n from generate_series(1, 300) n`, ws.Workspace())
	owner := s.as(t, ws.Workspace(), access.Owner)
	admin, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	stranger := s.signIn(t, access.NewUser{})
	before := s.Snapshot(t)
	form := owner.get(owner.get(at(ws, "workspace")).link("Erase this workspace")).is(http.StatusOK)
	wrong := form.submit("Erase Harbor", url.Values{"name": {"harbor"}}).is(http.StatusUnprocessableEntity).
		says("This is not the name of the workspace. Nothing was erased")
	same(t, "kept", formFields(wrong.button("Erase Harbor")).Get("name"), "harbor")
	for _, b := range []*client{admin, reader} {
		b.get(at(ws, "workspace/erase")).is(http.StatusForbidden)
		b.post(at(ws, "workspace/erase"), url.Values{"name": {"Harbor"}}).is(http.StatusForbidden)
	}
	stranger.post(at(ws, "workspace/erase"), url.Values{"name": {"Harbor"}}).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t), before)

	form.submit("Erase Harbor", url.Values{"name": {"Harbor"}}).is(http.StatusOK).says("The workspace is being erased")
	same(t, "a job will do it", s.Count(t, `select count(*) from river.river_job where kind = 'erase'`), 1)
	for _, b := range []*client{owner, admin, s.signIn(t, access.NewUser{Superadmin: true})} {
		b.get(at(ws, "personas")).is(http.StatusNotFound)
		b.post(at(ws, "campaigns"), url.Values{"name": {"x"}}).is(http.StatusNotFound)
		if strings.Contains(b.get("/workspaces").text(), "Harbor") {
			t.Error("it is listed")
		}
	}
	s.ask(t, token, "GET", api(ws, "personas"), "").is(http.StatusUnauthorized)
	body := naming("m-1", "C-1", "")
	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusUnauthorized)
	if _, err := s.Create(t.Context(), ws, persona.Content{Name: "An access from before"}, false); err == nil {
		t.Error("an access from before the erasing writes")
	}

	// Broken off after some rows, it goes on from there.
	for range 40 {
		s.Exec(t, `select erase_workspace($1, 7)`, ws.Workspace())
	}
	if s.Count(t, `select count(*) from workspaces where id = $1`, ws.Workspace()) != 1 {
		t.Fatal("it was gone too soon")
	}
	// Where many rows take longer than a statement may, it removes fewer at once.
	s.Exec(t, `create sequence planted`)
	s.Exec(t, `create function planted() returns trigger language plpgsql security definer as $$ begin
		if (select count(*) from gone) > 20 then perform nextval('planted'); raise exception using errcode = 'query_canceled'; end if;
		return null; end $$`)
	for table := range s.tablesOfWorkspaces(t) {
		s.Exec(t, `create trigger z_planted after delete on `+table+` referencing old table as gone for each statement execute function planted()`)
	}
	if _, err := s.EraseRows(t.Context(), postgres.EraseJob{Workspace: ws.Workspace()}); err != nil {
		t.Fatal(err)
	}
	if s.Count(t, `select last_value from planted where is_called`) < 2 {
		t.Error("no statement took too long")
	}
	for table, held := range s.tablesOfWorkspaces(t) {
		same(t, table+" of the workspace", s.Count(t, `select count(*) from `+table+` where `+held+` = $1`, ws.Workspace()), 0)
	}
	same(t, "what remains", s.words(t, `select concat_ws('|', workspace_id, asked_by, capacity, finished_at is not null,
		rows_removed > 700) from workspace_erasures`), ws.Workspace().String()+"|"+owner.user.String()+"|owner|t|t")
	same(t, "the other one", s.Count(t, `select count(*) from campaigns where id in ($1)`, kept.campaign), 1)
	same(t, "its history", s.Count(t, `select count(*) from persona_versions where workspace_id = $1 and persona_id = $2`,
		other.Workspace(), kept.persona), 1)
	if _, err := s.SQL.Exec(t.Context(), `delete from audit_events where workspace_id = $1`, other.Workspace()); err == nil {
		t.Error("history can be deleted")
	}
	if n, err := s.EraseRows(t.Context(), postgres.EraseJob{Workspace: other.Workspace()}); n != 0 || err != nil {
		t.Errorf("a workspace that nobody erased: %d rows, %v", n, err)
	}
}

// tablesOfWorkspaces returns each table that has rows of workspaces, and the column that says whose.
func (s *site) tablesOfWorkspaces(t *testing.T) map[string]string {
	t.Helper()
	tables := map[string]string{"workspaces": "id"}
	for _, name := range strings.Fields(s.words(t, `select c.relname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'workspace_id' and c.relname <> 'workspace_erasures'`)) {
		tables[name] = "workspace_id"
	}
	return tables
}

func TestTheFirstPersonSetsUpByTheCodeAndNobodyAfter(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.SetupCode = "CODE" })
	b := s.client(t)
	for _, path := range []string{"/", "/login", "/workspaces", "/nonsense", "/api/v1/docs", "/reset"} {
		same(t, path, b.get(path).is(http.StatusOK).path, "/setup")
	}
	for _, path := range []string{"/hooks/" + uuid.NewString() + "/messages", "/mcp", "/api/v1/workspaces/" + uuid.NewString() + "/personas"} {
		b.post(path, nil).is(http.StatusServiceUnavailable).says(`"code":"unavailable"`) // a redirect would count as taken
	}
	b.get("/api/v1/openapi.json").is(http.StatusServiceUnavailable)
	for _, path := range []string{"/livez", "/readyz"} {
		same(t, path, b.get(path).is(http.StatusOK).path, path)
	}
	right := url.Values{"code": {"CODE"}, "name": {"Rosa"}, "email": {"rosa@example.com"}, "password": {password}, "workspace": {"Harbor"}}
	with := func(name, value string) url.Values {
		form := url.Values{}
		for k, v := range right {
			form[k] = v
		}
		form.Set(name, value)
		return form
	}
	form := b.get("/setup")
	before := s.Snapshot(t, "sign_in_failures")
	for _, c := range []struct{ field, value, says string }{
		{"code", "WRONG", "This is not the code"}, {"name", "", "Enter your name"}, {"email", "rosa", "email"},
		{"password", "short", "8 to 256"}, {"workspace", " ", "Enter a name for this workspace"},
	} {
		bad := form.submit("Set up", with(c.field, c.value)).is(http.StatusUnprocessableEntity).says(c.says)
		fields := formFields(bad.button("Set up"))
		if c.field != "workspace" {
			same(t, "kept", fields.Get("workspace"), "Harbor")
		}
		same(t, "not shown again", []string{fields.Get("password"), fields.Get("code")}, []string{"", ""})
	}
	for range 20 {
		b.post("/setup", with("code", "WRONG"))
	}
	b.post("/setup", with("code", "WRONG")).is(http.StatusTooManyRequests)
	b.post("/setup", right).is(http.StatusTooManyRequests)
	same(t, "tables", s.Snapshot(t, "sign_in_failures"), before)
	s.Exec(t, `delete from sign_in_failures`)

	statuses := make([]int, 6)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			statuses[i] = s.client(t).post("/setup", with("email", uuid.NewString()+"@example.com")).status
		})
	}
	all.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			won++
		} else if status != http.StatusNotFound {
			t.Errorf("status %d", status)
		}
	}
	same(t, "one wins", []int{won, s.Count(t, `select count(*) from users where superadmin`), s.Count(t, `select count(*) from users`),
		s.Count(t, `select count(*) from workspaces w join members m on m.workspace_id = w.id and m.role = 'owner'`)}, []int{1, 1, 1, 1})
	b.get("/setup").is(http.StatusNotFound)
	b.post("/setup", right).is(http.StatusNotFound)
	same(t, "the console is open", b.get("/workspaces").path, "/login")
	b.get("/login").submit("Sign in", url.Values{"email": {s.words(t, `select email from users`)}, "password": {password}}).
		is(http.StatusOK).says("Harbor", "You own this workspace.")
}

func TestWithoutACodeNobodySetsUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.client(t).get("/setup").is(http.StatusNotFound)
	s.client(t).post("/setup", url.Values{"code": {""}}).is(http.StatusNotFound)
	s.client(t).get("/login").is(http.StatusOK)
	same(t, "people", s.Count(t, `select count(*) from users`), 0)
}
