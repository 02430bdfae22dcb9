package web_test

import (
	"slices"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/browser"
)

// daysWork is what an owner does on the pages of the day's work, each task from where the
// one before it ended.
func daysWork() []task {
	return []task{
		{name: "admin creates a campaign and assigns it", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Campaigns")
			tab.Press("Create campaign")
			tab.Type("External id (optional)", "C-7")
			tab.Press("Create campaign")
			tab.Says("Enter a name for this campaign")
			tab.Type("Name", "Autumn fairs")
			tab.Press("Create campaign")
			tab.Says("“Autumn fairs” was created")
			tab.Choose("Persona for Autumn fairs", "Sales coach")
			tab.Press("Save the persona for Autumn fairs")
			tab.Says("“Autumn fairs” is answered by “Sales coach”")
		}, left: `select c.name || ' ' || c.external_id || ' ' || p.name from campaigns c join personas p on p.id = c.persona_id`},
		{name: "admin dismisses that a lead asks not to be written to", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Leads")
			tab.Press("Ada")
			tab.Says("Asks not to be written to")
			tab.Press("Dismiss: they may be written to")
			tab.Says("The lead may be written to")
		}, left: contacts},
		{name: "admin sets that a lead may not be written to and lifts it", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Choose("May they be written to?", "Opted out")
			tab.Press("Save")
			tab.Says("The lead is not written to any more")
			tab.Choose("May they be written to?", "May be written to")
			tab.Press("Save")
			tab.Says("The lead may be written to")
		}, left: contacts},
		{name: "admin confirms that a lead asks not to be written to", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Back to the leads")
			tab.Press("Bo")
			tab.Press("Confirm: do not write to them")
			tab.Says("The lead is not written to any more")
		}, left: contacts},
		{name: "admin looks at outcomes", do: func(t *testing.T, tab *browser.Tab, s *site, _ postgres.Access) {
			t.Helper()
			s.Exec(t, `update draft_outcomes set made_at = '2026-03-03 12:00+00'`)
			tab.Press("Outcomes")
			tab.Type("From (optional)", "2026-03-02")
			tab.Type("To (optional)", "2026-03-31")
			tab.Choose("Count by", "Week")
			tab.Press("Show")
			tab.Says("From 2 March 2026")
		}, left: `select channel || ' ' || count(*) from draft_outcomes group by channel`},
		{name: "admin erases a lead", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Leads")
			tab.Press("Bo")
			tab.Press("Erase this lead for good")
			tab.Press("Erase Bo")
			tab.Says("This is not what the lead is called")
			tab.Type("Type what the lead is called", "Bo")
			tab.Press("Erase Bo")
			tab.Says("The lead was erased")
		}, left: `select first_name from leads`},
		{name: "owner renames and archives a workspace", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Settings")
			tab.Press("The workspace itself: its name, archiving and erasing it")
			tab.Type("Name", "Harbour")
			tab.Press("Rename")
			tab.Says("Harbour")
			tab.Press("Archive this workspace")
			tab.Says("Harbour is archived: it can only be read")
		}, left: `select name || ' ' || (archived_at is not null) from workspaces`},
	}
}

const contacts = `select first_name || ' ' || opted_out || ' ' || unsubscribed || ' ' || (contact_asked_at is not null) from leads`

// TestEachPersonDoesTheDaysWork has an owner, and then a superadmin, do one task after another in
// one console, with JavaScript on and off: the same steps, the same rows, and the same pages.
func TestEachPersonDoesTheDaysWork(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		var rows, steps []string
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Guide")
		s.NewPersona(t, ws, "Sales coach")
		s.queue(t, ws, "Cy")
		s.Exec(t, `insert into leads (workspace_id, external_id, first_name, contact_asked_at)
			select $1, name, name, now() from unnest(array['Ada', 'Bo']) name`, ws.Workspace())
		owner, user, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), user, access.Owner)
		owner.Get(at(ws, "personas"))
		do := func(tab *browser.Tab, of []task) {
			for _, job := range of {
				job.do(t, tab, s, ws)
				outlines(t, job.name, script, content(steady(tab.Outline())), steady(tab.Spoken()))
				rows = append(rows, job.name+": "+s.words(t, job.left))
			}
			steps = append(steps, tab.Steps...)
		}
		do(owner, daysWork())
		root, _, _ := s.person(t, script, access.NewUser{Name: "Root", Superadmin: true})
		root.Get("/workspaces")
		do(root, superadminsWork())
		return strings.Join(rows, "\n"), slices.DeleteFunc(steps, func(step string) bool { return strings.HasPrefix(step, "open ") })
	})
}

func superadminsWork() []task {
	const standing = `select name || ' ' || superadmin || ' ' || support || ' ' || (disabled_at is not null) from users`
	const merged = `select p.name || p.version || p.greeting || coalesce(p.goals, '') || c.house_version from personas p
		join house_copies c on c.persona_id = p.id`
	return []task{
		{name: "superadmin makes somebody support staff", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("People")
			tab.Press("Ada Morgan")
			tab.Press("Make support staff")
			tab.Says("Ada Morgan is support staff now")
		}, left: standing},
		{name: "superadmin disables somebody", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Disable Ada Morgan")
			tab.Says("Ada Morgan can no longer sign in")
		}, left: standing},
		{name: "superadmin enables somebody", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Enable Ada Morgan")
			tab.Says("Ada Morgan can sign in again")
		}, left: standing},
		{name: "superadmin makes a house persona", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("House personas")
			tab.Press("Create a house persona")
			tab.Type("Name", "Concierge")
			tab.Type("Greeting (optional)", "Welcome {firstName},")
			tab.Press("Create house persona")
			tab.Says("“Concierge” was created")
		}, left: `select name || greeting from house_personas`},
		{name: "superadmin takes a copy of it", do: func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
			t.Helper()
			s.Exec(t, `update workspaces set archived_at = null`)
			tab.Get(at(ws, "personas"))
			tab.Press("Create a persona")
			tab.Press("Take a copy of a house persona")
			tab.Press("Take a copy of Concierge")
			tab.Press("Create persona")
			tab.Says("“Concierge” was created", "It is not the default")
		}, left: merged},
		{name: "superadmin looks at what changed in it", do: func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
			t.Helper()
			s.Exec(t, `update personas set greeting = 'Our welcome' where name = 'Concierge'`)
			s.Exec(t, `update house_personas set greeting = 'Good day', goals = 'A call'`)
			tab.Get(at(ws, "personas"))
			tab.Press("See what changed for Concierge")
			tab.Says("Choose whose words to take:", "the form has its words: Goals")
		}, left: merged},
		{name: "superadmin merges it", do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
			tab.Press("Save changes")
			tab.Says("Choose theirs or yours for Greeting")
			tab.Tick("The house persona’s, as it says now")
			tab.Press("Save changes")
			tab.Says("“Concierge” was saved")
		}, left: merged},
	}
}
