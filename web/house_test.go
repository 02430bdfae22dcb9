package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// houseVersion returns at which version a house persona a copy was taken or last merged.
func (s *site) houseVersion(t *testing.T, copy uuid.UUID) int {
	t.Helper()
	return s.Count(t, `select house_version from house_copies where persona_id = $1`, copy)
}

// asItIs returns a persona as it is now.
func (s *site) asItIs(t *testing.T, b *client, p persona.Persona) persona.Persona {
	t.Helper()
	p, err := s.Persona(t.Context(), s.Access(t, b.user, p.WorkspaceID), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// idOf returns the id of the only persona of a name.
func (s *site) idOf(t *testing.T, name string) uuid.UUID {
	t.Helper()
	return uuid.MustParse(s.words(t, `select id::text from personas where name = '`+name+`'`))
}

func TestSuperadminsKeepHousePersonasAndNobodyElseSeesThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	root := s.signIn(t, access.NewUser{Name: "Rea Root", Superadmin: true})
	root.get("/workspaces").follow("House personas").is(http.StatusOK).says("There is none yet.").follow("Create a house persona").
		submit("Create house persona", url.Values{"name": {"Concierge"}, "greeting": {"Welcome, {first_name}"}}).
		is(http.StatusOK).says("“Concierge” was created", "{first_name}", "No workspace has a copy")
	root.get("/house/new").submit("Create house persona", url.Values{"name": {" Concierge"}, "greeting": {"Welcome, {first_name}"}}).
		is(http.StatusOK).says("“Concierge” was created")
	same(t, "sent twice", s.Count(t, `select count(*) from house_persona_versions`), 1)
	root.get("/house/new").submit("Create house persona", url.Values{"name": {"concierge"}, "goals": {"Kept"}}).
		is(http.StatusConflict).says("Another house persona is called “Concierge”", "Kept")
	root.get("/house/new").submit("Create house persona", url.Values{"goals": {"Kept"}}).is(http.StatusUnprocessableEntity).says("Kept")

	edit, older := root.get("/house").follow("Concierge"), root.get("/house").follow("Concierge")
	edit.submit("Save changes", url.Values{"greeting": {"Welcome"}, "goals": {"A call"}}).is(http.StatusOK).says("“Concierge” was saved")
	conflict := older.submit("Save changes", url.Values{"greeting": {"Good day"}}).is(http.StatusConflict).
		says("Rea Root changed this while you were editing", "Welcome, {first_name}", "Welcome", "Good day")
	same(t, "title", strings.HasPrefix(conflict.title(), "Error: "), true)
	same(t, "nothing lost", s.words(t, `select greeting || ', ' || goals from house_personas`), "Welcome, A call")
	conflict.submit("Save changes", nil).is(http.StatusUnprocessableEntity).says("Choose theirs or yours for Greeting").
		submit("Save changes", url.Values{"choose_greeting": {"yours"}}).is(http.StatusOK).says("“Concierge” was saved")
	same(t, "both kept", s.words(t, `select greeting || ', ' || goals from house_personas`), "Good day, A call")

	of := root.get("/house").follow("Concierge")
	of.follow("History").is(http.StatusOK).says("Rea Root created it.", "Rea Root changed it.", "Version 3")
	of.follow("Withdraw").is(http.StatusOK).says("No workspace has a copy", "You can offer it again").submit("Withdraw Concierge", nil).
		is(http.StatusOK).says("“Concierge” is withdrawn")
	root.get(at(ws, "personas/house")).says("No house persona is offered")
	root.get("/house").follow("Concierge").submit("Offer it again", nil).is(http.StatusOK).says("“Concierge” is offered again")
	of.follow("History").says("Rea Root withdrew it.", "Rea Root offered it again.")

	admin := s.as(t, ws.Workspace(), access.Owner)
	for _, path := range []string{"/house", "/house/new", of.path, of.path + "/history", of.path + "/withdraw", "/house/" + uuid.NewString()} {
		admin.get(path).is(http.StatusNotFound).says("There is nothing here")
	}
	same(t, "no link", strings.Contains(admin.get("/workspaces").text(), "House personas"), false)
}

func TestAWorkspaceTakesACopyAsItCreatesAPersona(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	by := s.signIn(t, access.NewUser{Name: "Rea Root", Superadmin: true})
	same(t, "nothing to take", strings.Contains(admin.get(at(ws, "personas/new")).text(), "house persona"), false)
	by.get("/house/new").submit("Create house persona", url.Values{"name": {"Concierge"}, "greeting": {"Welcome"}, "tone": {"formal"}}).
		is(http.StatusOK)
	if _, err := s.SaveSettings(t.Context(), ws, persona.Settings{Voice: persona.Voice{Greeting: "From before"}}, true); err != nil {
		t.Fatal(err)
	}

	// The first persona becomes the default, and the page says what that replaces.
	offers := admin.get(at(ws, "personas")).follow("Take a copy of a house persona").is(http.StatusOK).
		says("a copy becomes the default", "It would replace in the workspace settings: greeting", "Welcome", "formal")
	form := offers.follow("Take a copy of Concierge").is(http.StatusOK).
		says("so it becomes the default", "Saving would replace 1 settings field", "A copy of the house persona “Concierge”")
	same(t, "nothing yet", s.Count(t, `select count(*) from personas`), 0)
	form.submit("Create persona", url.Values{"name": {""}}).is(http.StatusUnprocessableEntity).says("A copy of the house persona").
		submit("Check the sample", nil).is(http.StatusOK).says("A copy of the house persona").
		submit("Create persona", url.Values{"name": {"Concierge"}}).is(http.StatusOK).says("“Concierge” was created and is the default")
	same(t, "a copy", s.houseVersion(t, s.idOf(t, "Concierge")), 1)
	same(t, "mirrored", s.defaultGreeting(t, ws.Workspace()), "Welcome")
	admin.get(at(ws, "activity")).says("Created “Concierge”, a copy of the house persona “Concierge”, as the default")

	// A second one gets a name of its own, and is not the default.
	again := admin.get(at(ws, "personas/new")).follow("Take a copy of a house persona").says("Copied already: Concierge")
	two := again.follow("Take a copy of Concierge")
	late := again.follow("Take a copy of Concierge")
	two.submit("Create persona", nil).is(http.StatusOK).says("“Concierge (2)” was created", "It is not the default")
	same(t, "a copy too", s.houseVersion(t, s.idOf(t, "Concierge (2)")), 1)
	late.submit("Create persona", nil).is(http.StatusConflict).says("Another persona here is called “Concierge (2)”").
		submit("Create persona", url.Values{"name": {"Third"}}).is(http.StatusOK)
	same(t, "still a copy", s.houseVersion(t, s.idOf(t, "Third")), 1)

	// One that is withdrawn while the form is open is said to be, and what was typed stays.
	open := again.follow("Take a copy of Concierge")
	by.get("/house").follow("Concierge").follow("Withdraw").submit("Withdraw Concierge", nil)
	open.submit("Create persona", url.Values{"name": {"Fourth"}, "goals": {"Typed"}}).is(http.StatusUnprocessableEntity).
		says("was withdrawn meanwhile", "Typed").
		submit("Create persona", nil).is(http.StatusOK).says("“Fourth” was created")
	same(t, "on its own", s.Count(t, `select count(*) from house_copies where persona_id = $1`, s.idOf(t, "Fourth")), 0)
	s.Healthy(t)
}

// housedSite is a console with a copy of a house persona, as its workspace's default, and both
// changed since: each a field alone, and one both.
func housedSite(t *testing.T) (s *site, admin *client, of string, p persona.Persona) {
	t.Helper()
	s = newSite(t)
	ws := s.Workspace(t, "Harbor")
	admin = s.as(t, ws.Workspace(), access.Owner)
	root := s.signIn(t, access.NewUser{Name: "Rea Root", Superadmin: true})
	root.get("/house/new").submit("Create house persona", url.Values{"name": {"Concierge"}, "greeting": {"Welcome"},
		"signature": {"The house"}, "goals": {"A call"}}).is(http.StatusOK)
	admin.get(at(ws, "personas/house")).follow("Take a copy of Concierge").submit("Create persona", nil).is(http.StatusOK)
	p = s.asItIs(t, admin, persona.Persona{WorkspaceID: ws.Workspace(), ID: s.idOf(t, "Concierge")})
	of = at(ws, "personas/"+p.ID.String())
	same(t, "same", strings.Contains(admin.get(of).says("A copy of the house persona").text(), "has changed"), false)
	admin.get(of + "/house").is(http.StatusOK).says("has not changed since")
	admin.get(of).submit("Save changes", url.Values{"signature": {"Ours"}, "goals": {"Our call"}}).is(http.StatusOK)
	root.get("/house").follow("Concierge").submit("Save changes", url.Values{"signature": {"Theirs"}, "greeting": {"Good day"}}).
		is(http.StatusOK).says("1 workspace with a copy that says something else can merge the change")
	root.get("/house").says("1 workspace, 1 behind")
	return s, admin, of, s.asItIs(t, admin, p)
}

func TestACopyIsMergedByChoiceAlone(t *testing.T) {
	t.Parallel()
	s, admin, of, p := housedSite(t)
	list := strings.TrimSuffix(of, "/"+p.ID.String())
	inside := strings.TrimSuffix(list, "/personas")
	merge := admin.get(list).says("The house persona “Concierge” has changed since “Concierge” was taken from it").
		follow("See what changed for Concierge").is(http.StatusOK).
		says("Only the house persona changed these, and the form has its words: Greeting", "Choose whose words to take: Signature", "The house", "Theirs", "Ours")
	same(t, "no error yet", strings.HasPrefix(merge.title(), "Error"), false)
	admin.get(of).says("has changed since this copy was taken").follow("See what changed").is(http.StatusOK)
	same(t, "nothing changed by looking", s.asItIs(t, admin, p), p)

	undecided := merge.submit("Save changes", nil).is(http.StatusUnprocessableEntity).says("Choose theirs or yours for Signature")
	same(t, "nothing noted", s.houseVersion(t, p.ID), 1)
	undecided.submit("Check the sample", url.Values{"choose_signature": {"theirs"}}).is(http.StatusOK).
		submit("Save changes", nil).is(http.StatusOK).says("“Concierge” was saved", "The workspace settings follow: greeting and signature")
	same(t, "merged", s.words(t, `select greeting || ', ' || signature || ', ' || goals from personas`), "Good day, Theirs, Our call")
	same(t, "noted", s.houseVersion(t, p.ID), 2)
	same(t, "no more said", strings.Contains(admin.get(list).text(), "has changed since"), false)
	admin.get(inside + "/activity").says("merged with the house persona “Concierge”")

	// The same form again changes nothing and is no error.
	merge.submit("Save changes", url.Values{"choose_signature": {"theirs"}}).is(http.StatusOK).says("It already read like this")
	s.Healthy(t)
}

func TestAMergeMeetsWhatSomebodyElseSavedMeanwhile(t *testing.T) {
	t.Parallel()
	s, admin, of, p := housedSite(t)
	merge := admin.get(of + "/house")
	s.as(t, p.WorkspaceID, access.Admin).get(of).submit("Save changes", url.Values{"greeting": {"Hello"}, "signature": {"Ours"},
		"tone": {"direct"}}).is(http.StatusOK)
	conflict := merge.submit("Save changes", url.Values{"choose_signature": {"theirs"}, "goals": {"Typed now"}}).
		is(http.StatusConflict).says("changed this while you were editing", "Hello", "Good day", "Typed now")
	same(t, "nothing noted", s.houseVersion(t, p.ID), 1)
	conflict.submit("Save changes", nil).is(http.StatusUnprocessableEntity).says("Choose theirs or yours for Greeting").
		submit("Save changes", url.Values{"choose_greeting": {"theirs"}}).is(http.StatusOK)
	same(t, "all of it", s.words(t, `select greeting || ', ' || signature || ', ' || goals || ', ' || tone from personas`),
		"Hello, Theirs, Typed now, direct")
	same(t, "noted", s.houseVersion(t, p.ID), 2)
	s.Healthy(t)
}

func TestOursIsKeptAndTheNextChangeOffered(t *testing.T) {
	t.Parallel()
	s, admin, of, p := housedSite(t)
	merge := admin.get(of + "/house")
	merge.submit("Keep ours", nil).is(http.StatusOK).says("“Concierge” stays as it is", "A copy of the house persona")
	merge.submit("Keep ours", nil).is(http.StatusOK)
	same(t, "as it was", s.asItIs(t, admin, p), p)
	same(t, "one event", s.Count(t, `select count(*) from audit_events where action = 'persona.house_kept'`), 1)
	admin.get(of + "/house").says("has not changed since")
	for _, version := range []string{"", "3", "x", "-1", strconv.Itoa(1 << 40)} {
		admin.post(of+"/house", url.Values{"house_version": {version}}).is(http.StatusNotFound)
	}
	member := s.as(t, p.WorkspaceID, access.Member)
	member.get(of).says("A copy of the house persona")
	member.post(of+"/house", url.Values{"house_version": {"2"}}).is(http.StatusForbidden)
}

func TestWhoMayOnlyProposeProposesAMerge(t *testing.T) {
	t.Parallel()
	s, admin, of, p := housedSite(t)
	list := strings.TrimSuffix(of, "/"+p.ID.String())
	member := s.as(t, p.WorkspaceID, access.Member)
	member.get(of).says("has changed since this copy was taken").follow("Propose this merge").is(http.StatusOK)
	merge := member.get(list).follow("Propose this merge for Concierge").is(http.StatusOK).
		says("Only the house persona changed these, and the form has its words: Greeting", "Nothing changes until an admin approves")
	for _, button := range []string{"Keep ours", "Save changes"} {
		if merge.button(button) != nil {
			t.Errorf("a member is offered %s", button)
		}
	}
	proposed := merge.submit("Propose this change", nil).is(http.StatusUnprocessableEntity).
		submit("Propose this change", url.Values{"choose_signature": {"theirs"}}).is(http.StatusOK).
		says("It merges what changed in the house persona")
	same(t, "as it was", s.asItIs(t, admin, p), p)
	same(t, "nothing noted", s.houseVersion(t, p.ID), 1)
	admin.get(proposed.path).submit("Approve", nil).is(http.StatusOK)
	same(t, "merged", s.words(t, `select greeting || ', ' || signature from personas`), "Good day, Theirs")
	same(t, "noted", s.houseVersion(t, p.ID), 2)
	member.get(of + "/house").is(http.StatusOK).says("has not changed since")
	s.Healthy(t)
}

func TestWhereTwoDecideAMergeOfTheDefaultIsProposed(t *testing.T) {
	t.Parallel()
	s, admin, of, p := housedSite(t)
	inside := strings.TrimSuffix(of, "/personas/"+p.ID.String())
	other := s.as(t, p.WorkspaceID, access.Admin)
	admin.get(inside+"/settings").submit("Ask for a second person", nil).is(http.StatusOK)
	proposed := admin.get(of+"/house").is(http.StatusOK).submit("Propose this change", url.Values{"note": {"Please"}}).
		is(http.StatusUnprocessableEntity).submit("Propose this change", url.Values{"choose_signature": {"yours"}}).
		is(http.StatusOK).says("It merges what changed in the house persona")
	same(t, "as it was", s.words(t, `select greeting from personas`), "Welcome")
	same(t, "nothing noted", s.houseVersion(t, p.ID), 1)
	other.get(proposed.path).submit("Approve", nil).is(http.StatusOK)
	same(t, "merged", s.words(t, `select greeting || ', ' || signature from personas`), "Good day, Ours")
	same(t, "noted", s.houseVersion(t, p.ID), 2)
	s.Healthy(t)
}

func TestManyHousePersonasComeInPagesAndAreFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `insert into house_personas (name, greeting, goals) select 'Voice ' || lpad(n::text, 3, '0'), 'Hello ' || n, 'Goal ' || n
		from generate_series(1, 60) n`)
	root := s.signIn(t, access.NewUser{Name: "Rea Root", Superadmin: true})
	first := root.get("/house").is(http.StatusOK).says("Voice 001", "Voice 050")
	same(t, "the next page", strings.Contains(first.text(), "Voice 051"), false)
	first.follow("Next page").is(http.StatusOK).says("Voice 051", "Voice 060").follow("Previous page").says("Voice 001")
	root.get("/house?q=hello+57").says("Voice 057").follow("Voice 057").is(http.StatusOK)
	root.get("/house?q=nobody").is(http.StatusOK).says("No house personas match “nobody”").follow("Show all house personas").says("Voice 001")
	root.get("/house?page=9").is(http.StatusOK).says("The list ends before this page")

	admin := s.as(t, ws.Workspace(), access.Admin)
	offers := admin.get(at(ws, "personas/house")).is(http.StatusOK).says("Voice 020", "Goal 20")
	same(t, "the next offers", strings.Contains(offers.text(), "Voice 021"), false)
	offers.follow("Next page").says("Voice 021").follow("Next page").says("Voice 060", "Page 3")
	admin.get(at(ws, "personas/house?q=voice+033")).says("Goal 33").follow("Take a copy of Voice 033").submit("Create persona", nil).is(http.StatusOK)
	admin.get(at(ws, "personas/house?q=033")).says("Copied already: Voice 033")
	admin.get(at(ws, "personas/house?q=nobody")).is(http.StatusOK).says("No house personas match “nobody”")
	s.Healthy(t)
}

func TestAProgramListsHousePersonasWithTheCopiesOfItsWorkspace(t *testing.T) {
	t.Parallel()
	s, admin, _, p := housedSite(t)
	other := s.Workspace(t, "Other")
	token := s.token(t, s.Access(t, admin.user, p.WorkspaceID), "read")
	answer := s.ask(t, token, http.MethodGet, api(s.Access(t, admin.user, p.WorkspaceID), "house-personas"), "").is(http.StatusOK)
	list := answer.data.([]any)
	house := list[0].(map[string]any)
	same(t, "one", len(list), 1)
	same(t, "its words", []any{house["name"], house["version"], house["greeting"], house["smsGreeting"]},
		[]any{"Concierge", 2.0, "Good day", nil})
	same(t, "its copy", house["copies"], any([]any{map[string]any{"personaId": p.ID.String(), "version": 1.0, "changed": true}}))
	answer = s.ask(t, s.token(t, other, "read"), http.MethodGet, api(other, "house-personas"), "").is(http.StatusOK)
	same(t, "not another’s", answer.data.([]any)[0].(map[string]any)["copies"], any([]any{}))
}
