package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

func TestSwitchIsUndoneFromItsReceipt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	receipt := b.get(at(ws, "personas")).submit("Make the default: Second", nil).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Second")
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusOK).
		says("Undone: “First” is the default again", "“Second” is no longer the default.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	before := s.Snapshot(t)
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusOK).
		says("Undone: “First” is the default again", "It was already undone")
	same(t, "pressed twice changes nothing", s.Snapshot(t), before)
	b.get(at(ws, "personas", second.ID.String())).submit("Save changes", url.Values{"goals": {"Newer, of another"}}).
		is(http.StatusOK)
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusOK).says("It was already undone")
	b.get(at(ws, "personas", first.ID.String())).submit("Save changes", url.Values{"goals": {"Newer"}}).is(http.StatusOK)
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusConflict).
		says("The default has moved on since")
	again := b.get(at(ws, "personas")).submit("Make the default: Second", nil).is(http.StatusOK)
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusConflict)
	again.submit("Undo this: “Second” is now the default", nil).is(http.StatusOK)
	before = s.Snapshot(t)
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusConflict) // another switch was taken back
	same(t, "refused, so nothing changed", s.Snapshot(t), before)
}

func TestUndoIsRefusedOnceSomethingNewerHappened(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	third := s.NewPersona(t, ws, "Third")
	b := s.as(t, ws.Workspace(), access.Admin)
	edit := func(id uuid.UUID) {
		b.get(at(ws, "personas", id.String())).submit("Save changes", url.Values{"goals": {uuid.NewString()}}).
			is(http.StatusOK)
	}
	for name, c := range map[string]struct {
		newer func()
		says  string
	}{
		"the new default was edited": {func() { edit(second.ID) }, "“Second” was changed since"},
		"the old default was edited": {func() { edit(first.ID) }, "“First” was changed since"},
		"the default moved on": {func() {
			b.post(at(ws, "personas", third.ID.String(), "default"),
				nil).is(http.StatusOK)
		}, "The default has moved on since, on "},
		"the default moved on and was edited": {func() {
			b.post(at(ws, "personas", third.ID.String(), "default"), nil).is(http.StatusOK)
			edit(second.ID)
		}, ", by Ada Morgan. It is “Third” now."},
	} {
		b.post(at(ws, "personas", first.ID.String(), "default"), nil).is(http.StatusOK)
		receipt := b.post(at(ws, "personas", second.ID.String(), "default"), nil).is(http.StatusOK)
		c.newer()
		before := s.Snapshot(t)
		refused := receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusConflict).
			says(c.says, "by Ada Morgan")
		same(t, "it leads to what can be done", refused.link("Look what would change if the persona before became "+
			"the default again"), at(ws, "personas", first.ID.String(), "impact"))
		same(t, name, s.Snapshot(t), before)
	}
	b.post(at(ws, "personas", second.ID.String(), "default"), nil).is(http.StatusOK)
	receipt := b.post(at(ws, "personas", first.ID.String(), "default"), nil).is(http.StatusOK)
	b.get(at(ws, "personas", third.ID.String(), "delete")).submit("Delete Third", nil).is(http.StatusOK)
	b.post(at(ws, "settings"), url.Values{"company_name": {"Harbor"}, "version": {"1"}})
	receipt.submit("Undo this: “First” is now the default", nil).is(http.StatusOK) // neither touched the two
	for _, event := range []string{uuid.NewString(),
		s.words(t, `select id::text from audit_events where action = 'persona.created' and details->>'to' is null limit 1`)} {
		b.post(at(ws, "default", "undo"), url.Values{"event": {event}}).is(http.StatusNotFound)
	}
	b.post(at(ws, "default", "undo"), nil).is(http.StatusNotFound)
}

func TestSwitchIsUndoneFromTheActivityPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	sam := actors()[6].sign(s, t, ws.Workspace())
	reader := s.as(t, ws.Workspace(), access.Member)
	const undo = "Undo this: Made “Second” the default instead of “First”"
	makeDefault := func(id uuid.UUID) { b.post(at(ws, "personas", id.String(), "default"), nil).is(http.StatusOK) }
	offered := func(what string, want bool) {
		t.Helper()
		if got := b.get(at(ws, "activity")).is(http.StatusOK).button(undo) != nil; got != want {
			t.Errorf("%s: undo is offered: %v", what, got)
		}
	}
	offered("before any switch", false)
	makeDefault(second.ID)
	makeDefault(second.ID) // pressed again: changes nothing
	offered("just switched", true)
	if reader.get(at(ws, "activity")).is(http.StatusOK).button(undo) != nil {
		t.Error("a member is offered what they may not do")
	}
	late := b.get(at(ws, "activity"))
	sam.get(at(ws, "activity?action=default")).is(http.StatusOK).submit(undo, nil).is(http.StatusOK).
		says("Undone: “First” is the default again")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	offered("undone", false)
	before := s.Snapshot(t)
	late.submit(undo, nil).is(http.StatusOK).says("It was already undone")
	same(t, "done already, so nothing changed", s.Snapshot(t), before)

	makeDefault(second.ID)
	page := b.get(at(ws, "activity"))
	if strings.Count(page.text(), undo) != 1 {
		t.Errorf("not offered once, for the newest: %s", page.text())
	}
	b.get(at(ws, "personas", first.ID.String())).submit("Save changes", url.Values{"goals": {"new"}}).is(http.StatusOK)
	offered("the old default was edited", false)
	makeDefault(first.ID)
	makeDefault(second.ID)
	b.get(at(ws, "personas", first.ID.String(), "delete")).submit("Delete First", nil).is(http.StatusOK)
	offered("the old default was deleted", false)
}

func TestSwitchIsUndoneFromTheListAsLongAsThatIsPossible(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	sam, reader := actors()[6].sign(s, t, ws.Workspace()), s.as(t, ws.Workspace(), access.Member)
	const undo = "Undo this: the switch from “First”"
	list := at(ws, "personas")
	if b.get(list).is(http.StatusOK).button(undo) != nil {
		t.Error("undo is offered before any switch")
	}
	receipt := b.get(list).submit("Make the default: Second", nil).is(http.StatusOK)
	if receipt.button(undo) != nil {
		t.Error("undo is offered twice: by the receipt and below the default")
	}
	b.get(list).is(http.StatusOK).says("Switched from “First” by Ada Morgan, ")
	if page := reader.get(list).is(http.StatusOK); page.button(undo) != nil ||
		strings.Contains(page.text(), "Switched from") {
		t.Error("a member is offered what they may not do")
	}
	sam.get(list).is(http.StatusOK).submit(undo, nil).is(http.StatusOK).says("Undone: “First” is the default again")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")

	operator, err := s.Operate(t.Context(), ws.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetDefault(t.Context(), operator, second.ID); err != nil {
		t.Fatal(err)
	}
	b.get(list).is(http.StatusOK).says("by the system administrator (command line)")
	b.get(at(ws, "personas", first.ID.String())).submit("Save changes", url.Values{"goals": {"new"}}).is(http.StatusOK)
	if b.get(list).button(undo) != nil {
		t.Error("undo is offered although it would be refused")
	}
}

func TestSupportMaySwitchAndUndo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	s.NewPersona(t, ws, "Second")
	b := actors()[6].sign(s, t, ws.Workspace())
	list := b.get(at(ws, "personas")).is(http.StatusOK)
	if list.button("Duplicate First") != nil {
		t.Error("support is offered what it may not do")
	}
	list.submit("Make the default: Second", nil).is(http.StatusOK).
		submit("Undo this: “Second” is now the default", nil).is(http.StatusOK)
	same(t, "events under the grant", s.Count(t, `select count(*) from audit_events where capacity = 'support'
		and grant_id is not null`), 2)
}

func TestImpactNamesCampaignsAndWordsAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	voice := persona.Voice{Greeting: "Hello from First", Goals: "Sell", IdealCustomerProfile: "Ports"}
	if _, err := s.Create(t.Context(), ws, persona.Content{Name: "First", Voice: voice}, false); err != nil {
		t.Fatal(err)
	}
	second := s.NewPersona(t, ws, "Second")
	s.NewCampaign(t, ws, "Spring ports")
	own := s.NewCampaign(t, ws, "Has its own")
	if _, err := s.Assign(t.Context(), ws, own, uuid.NullUUID{UUID: second.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	const lost = "Ideal customer profile becomes empty. Lead scoring reads it, so scores may fall."
	page := b.get(at(ws, "personas", second.ID.String(), "impact")).is(http.StatusOK).
		says("If Second becomes the default It would take over from First.", lost, "Goals becomes empty.",
			"1 campaign would be answered by Second.", "Campaigns that it would answer for (1) Spring ports",
			"Field Now After the switch Greeting Hello from First Hello from Second Goals Sell becomes empty")
	if strings.Contains(page.text(), "Has its own") {
		t.Error("a campaign with a persona of its own is not affected")
	}
	same(t, "tables", s.Snapshot(t), before)
	page.submit("Make the default: Second", nil).is(http.StatusOK).says("“Second” is now the default " +
		strings.Replace(lost, "becomes", "is now", 1))
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Second")
}

func TestHistoryTellsWhoChangedWhatAndRestores(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String())
	b.get(path).submit("Save changes", url.Values{"greeting": {"Hello, dear friend <b>"}}).is(http.StatusOK)
	s.Exec(t, `with p as (update personas set goals = 'By SQL' where id = $1 returning 1) update workspace_settings
		set ai_goals = 'By SQL' from p`, p.ID)
	history := b.get(path + "/history").is(http.StatusOK)
	history.says("Version 3", "A program outside personae changed it.", "Version 2", "Ada Morgan changed it.",
		"removed: from Default (end of removed)", "Version 1", "created it.")
	if strings.Contains(history.body, "friend <b>") {
		t.Error("words of a person are read as markup")
	}
	b.get(path+"/compare?from=1&to=3").is(http.StatusOK).says("versions 1 and 3", "added: By SQL")
	for _, bad := range []string{"?from=1&to=99", "?from=x&to=1", "", "?from=-1&to=1", "?from=99999999999&to=1"} {
		b.get(path + "/compare" + bad).is(http.StatusUnprocessableEntity).says("Choose two versions of this persona")
	}

	stale := b.get(path+"/history").says("are copied to the workspace settings", "Restoring it would change the "+
		"workspace settings: greeting and goals.",
		"Goals By SQL becomes empty", "Restoring it would change the workspace settings: goals.")
	history.submit("Restore this version (1)", nil).is(http.StatusOK).
		says("reads as in version 1 again", "The workspace settings follow: greeting and goals.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Default")
	same(t, "a new version", s.Count(t, `select version from personas where id = $1`, p.ID), 4)
	before := s.Snapshot(t)
	stale.submit("Restore this version (2)", nil).is(http.StatusConflict)
	same(t, "an outdated restore changes nothing", s.Snapshot(t), before)
}

func TestHistoryComparesWithNowAndFoldsMovesOfTheDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, p := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Guide")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String())
	b.get(path).submit("Save changes", url.Values{"goals": {"New goals"}}).is(http.StatusOK) // version 2
	for _, id := range []uuid.UUID{p.ID, first.ID, p.ID} {                                   // 3, 4, 5
		b.post(at(ws, "personas", id.String(), "default"), nil).is(http.StatusOK)
	}
	history := b.get(path + "/history").is(http.StatusOK)
	entries := history.entries()
	same(t, "entries", len(entries), 3)
	for i, want := range []string{"Versions 3 to 5 (now): the default moved 3 times, the words stayed",
		"Reads as it does now.", "The words of version 1"} {
		if !strings.Contains(entries[i], want) {
			t.Errorf("entry %d does not say %q: %s", i, want, entries[i])
		}
	}
	if !strings.Contains(entries[0], "Version 4 Ada Morgan made another persona the default.") ||
		!strings.Contains(entries[2], "Hello from Guide") {
		t.Errorf("the moves or the first words are not there: %q", entries)
	}
	if history.button("Restore this version (2)") != nil {
		t.Error("what reads as now can be restored")
	}
	b.get(history.link("Compare version 1 with now")).is(http.StatusOK).
		says("What changed from version 1 to version 5.", "added: New goals")
	offered := formFields(history.button("Compare"))
	same(t, "offered to compare", []string{offered.Get("from"), offered.Get("to")}, []string{"4", "5"})
	b.get(path + "/compare?from=1&to=2").is(http.StatusOK).says("What changed from version 1 to version 2.")
	history.submit("Restore this version (1)", nil).is(http.StatusOK).says("reads as in version 1 again")
	reader := s.as(t, ws.Workspace(), access.Member).get(path + "/history").is(http.StatusOK)
	if reader.button("Restore this version (2)") != nil || reader.link("Compare version 2 with now") == "" {
		t.Error("a member is to compare, not to restore")
	}
}

func TestDeletedPersonaIsRestoredUnderItsId(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Gone")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete Gone", nil).is(http.StatusOK).
		says("Deleted personas (1)")
	b.get(at(ws, "personas", "deleted")).is(http.StatusOK).says("Gone", "by Ada Morgan")
	history := b.get(at(ws, "personas", p.ID.String(), "history")).is(http.StatusOK).
		says("This persona is deleted", "Ada Morgan deleted it.")
	if strings.Contains(history.text(), "workspace settings:") {
		t.Errorf("settings are said to follow who does not become the default: %s", history.text())
	}

	s.NewPersona(t, ws, "gone")
	before := s.Snapshot(t)
	history.submit("Restore this version (1)", nil).is(http.StatusConflict).says("Another persona is called “gone” by now")
	same(t, "tables", s.Snapshot(t), before)
	s.Exec(t, `update personas set name = 'Other' where name = 'gone'`)

	history.submit("Restore this version (1)", nil).is(http.StatusOK).says("“Gone” is back", "It is not the default.")
	same(t, "under its id, with the next version", s.Count(t, `select version from personas where id = $1
		and not is_default and greeting = 'Hello from Gone'`, p.ID), 3)
	b.get(at(ws, "personas", "deleted")).is(http.StatusOK).says("No persona is deleted.")
}

func TestDeletedPersonaIsRestoredFromItsReceiptAndTheListOfDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Gone")
	assignment := url.Values{"persona": {p.ID.String()}}
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	b.post(at(ws, "campaigns", s.NewCampaign(t, ws, "Spring").String(), "persona"), assignment).is(http.StatusOK)
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"greeting": {"Last words"}}).
		is(http.StatusOK)
	gone := func() *page {
		t.Helper()
		return b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete Gone", nil).is(http.StatusOK)
	}
	back := func(page *page) {
		t.Helper()
		b.get(page.link("Restore Gone")).is(http.StatusOK).submit("Restore Gone", url.Values{"campaign": nil}).
			is(http.StatusOK).says("“Gone” is back")
		same(t, "with its last words", s.Count(t, `select count(*) from personas where id = $1
			and greeting = 'Last words' and not is_default`, p.ID), 1)
		same(t, "campaigns", s.holding(t, p), []string(nil))
	}
	back(gone().says("“Restore” brings back its words and"))
	b.get(at(ws, "personas")).submit("Make the default: Gone", nil).is(http.StatusOK)
	gone().says("“Restore” brings back its words and")
	if reader.get(at(ws, "personas", "deleted")).is(http.StatusOK).says("Gone").link("Restore Gone") != "" {
		t.Error("a member is offered what they may not do")
	}
	back(b.get(at(ws, "personas", "deleted")).is(http.StatusOK).says("you choose whether it gets these back"))
	b.get(at(ws, "activity?action=persona")).is(http.StatusOK).
		says("Spring: from the persona “Gone” to the workspace default")
}

func TestLastDeletedPersonaComesBackAsTheDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Only")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete Only", nil).is(http.StatusOK)
	s.Exec(t, `update workspace_settings set ai_greeting = 'Meanwhile'`)
	history := b.get(at(ws, "personas", p.ID.String(), "history")).
		says("it becomes the default, and its words are copied to the workspace settings",
			"Restoring it would change the workspace settings: greeting.", "Meanwhile Hello from Only")
	reader := s.as(t, ws.Workspace(), access.Member)
	if strings.Contains(reader.get(history.path).text(), "would change the workspace settings") {
		t.Error("a member is told what they cannot do")
	}
	history.submit("Restore this version (1)", nil).is(http.StatusOK).says("It is the default, because there is no other.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Only")
	same(t, "the settings before are kept", s.Count(t, `select count(*) from workspace_settings_versions
		where ai_greeting = 'Meanwhile'`), 1)
}

func TestVersionThatNoPersonaCanHoldStaysInTheHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Guide")
	s.Exec(t, `insert into persona_versions (workspace_id, persona_id, version, name, is_default, greeting)
		select workspace_id, id, 2, name, false, repeat('long ', 200) from personas where name = 'Guide'`)
	s.Exec(t, `update personas set signature = 'Nora' where name = 'Guide'`)
	b := s.as(t, ws.Workspace(), access.Admin)
	history := b.get(at(ws, "personas", p.ID.String(), "history")).is(http.StatusOK)
	before := s.Snapshot(t)
	history.submit("Restore this version (2)", nil).is(http.StatusConflict).
		says("Greeting must be 500 characters or fewer", "They stay in the history")
	same(t, "tables", s.Snapshot(t), before)
}

func TestAReceiptCountsTheCampaignsThatASwitchMoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	second := s.NewPersona(t, ws, "Second").ID
	s.NewCampaign(t, ws, "Spring")
	s.NewCampaign(t, ws, "Summer")
	if _, err := s.Assign(t.Context(), ws, s.NewCampaign(t, ws, "Autumn"),
		uuid.NullUUID{UUID: second, Valid: true}); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Admin)
	receipt := b.get(at(ws, "personas")).submit("Make the default: Second", nil).is(http.StatusOK).
		says("It now answers for 3 campaigns: 2 taken over, 1 of its own.")
	receipt.submit("Undo this: “Second” is now the default", nil).is(http.StatusOK).says("It answers for 2 campaigns.")
	edit := b.get(at(ws, "personas", second.String()))
	edit.submit("Save changes", url.Values{"make_default": {"on"}}).is(http.StatusOK).
		says("It now answers for 3 campaigns: 2 taken over")
	b.get(at(ws, "personas", second.String(), "delete")).submit("Delete Second", nil).is(http.StatusOK).
		says("It answers for 3 campaigns.")
}
