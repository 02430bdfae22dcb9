package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/browser"
)

// task is what one of the people does, from the personas page of a workspace
// called Harbor on. arrange makes the workspace what it is before.
type task struct {
	name    string
	role    access.Role
	arrange func(t *testing.T, s *site, ws postgres.Access)
	do      func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access)
	left    string // a query: what is left in the database
	outside bool   // support staff have no access yet, and begin on their own page
}

const (
	allPersonas = `select name || case when is_default then ' (default)' else '' end || ': ' || coalesce(greeting, '')
		from personas`
	mirrored = `select coalesce(ai_greeting, '') from workspace_settings`
)

func threePersonas(t *testing.T, s *site, ws postgres.Access) {
	t.Helper()
	for _, name := range []string{"Guide", "Sales coach", "Formal"} {
		s.NewPersona(t, ws, name)
	}
	s.NewCampaign(t, ws, "Spring fairs")
}

func tasks() []task {
	return []task{
		{name: "admin imports the first persona and edits it", role: access.Admin,
			arrange: func(t *testing.T, s *site, ws postgres.Access) {
				t.Helper()
				s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting, ai_tone)
					values ($1, 'Dear {firstName},', 'formal')`, ws.Workspace())
			},
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Create Default Persona")
				tab.Says("“Default Persona” was created and is the default")
				tab.Press("Default Persona")
				tab.Type("Greeting (optional)", "Hello {firstName},")
				tab.Press("Save changes")
				tab.Says("“Default Persona” was saved", "The workspace settings follow: greeting.")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "admin makes a persona that becomes the default", role: access.Owner, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Create a persona")
				tab.Type("Greeting (optional)", "Ahoy {firstName},")
				tab.Press("Create persona")
				tab.Says("Enter a name")
				tab.Type("Name", "Harbour master")
				tab.Tick("Make this the default persona")
				tab.Settle()
				tab.Press("Create persona")
				tab.Says("“Harbour master” was created and is now the default", "It takes over from “Guide”")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "admin is shown a conflict", role: access.Admin, arrange: threePersonas,
			do: func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
				t.Helper()
				conflict(t, tab, s, ws)
			}, left: allPersonas},
		{name: "admin settles a conflict", role: access.Admin, arrange: threePersonas,
			do: func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
				t.Helper()
				conflict(t, tab, s, ws)
				tab.Says("Theirs", "Mine", "changed these, and the form has them now: Signature.")
				tab.Press("Save changes")
				tab.Says("Choose theirs or yours for Greeting")
				tab.Tick("Yours, as it stands in the field below; you can still change it there")
				tab.Press("Save changes")
				tab.Says("“Guide” was saved")
			}, left: `select name || ': ' || coalesce(greeting, '') || ', ' || coalesce(goals, '') || ', ' ||
				coalesce(signature, '') from personas where name = 'Guide'`},
		{name: "admin deletes the default, names its successor and restores it", role: access.Admin, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Unfold("More about Guide")
				tab.Press("Delete Guide")
				tab.Tick("Formal")
				tab.Press("Delete Guide")
				tab.Says("“Guide” was deleted", "“Formal” is now the default")
				tab.Press("Deleted personas (1)")
				tab.Press("Guide")
				tab.Press("Restore this version (1)")
				tab.Says("“Guide”")
			}, left: allPersonas},
		{name: "support switches the default and takes it back", role: access.Support, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Unfold("More about Sales coach")
				tab.Press("What would change if Sales coach were the default")
				tab.Says("1 campaign would be answered by Sales coach.")
				tab.Press("Make the default: Sales coach")
				tab.Says("“Sales coach” is now the default", "It takes over from “Guide”", "It answers for 1 campaign")
				tab.Press("Undo this: “Sales coach” is now the default")
				tab.Says("“Guide” is the default again")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "admin looks at the effect of a tick", role: access.Admin, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Sales coach")
				tab.Tick("Make this the default persona")
				tab.Settle()
				tab.Press("Preview the effect")
				tab.Says("It would take over from Guide")
			}, left: allPersonas},
		{name: "admin switches by a tick", role: access.Admin, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Sales coach")
				tab.Tick("Make this the default persona")
				tab.Settle()
				tab.Press("Save changes")
				tab.Says("“Sales coach” was saved and is now the default")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "admin switches by a tick, looks first and takes it back", role: access.Admin, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Sales coach")
				tab.Tick("Make this the default persona")
				tab.Settle()
				tab.Press("Preview the effect")
				tab.Says("It would take over from Guide", "1 campaign would be answered by this persona")
				tab.Press("Save changes")
				tab.Says("“Sales coach” was saved and is now the default")
				tab.Press("Undo this: “Sales coach” was saved and is now the default")
				tab.Says("“Guide” is the default again")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "support switches the default from the list", role: access.Support, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Make the default: Formal")
				tab.Says("It takes over from “Guide”")
			}, left: allPersonas + ` union all ` + mirrored},
		{name: "support asks by code and is let in", role: access.Support, arrange: threePersonas, outside: true,
			do: func(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
				t.Helper()
				tab.Type("Support code or name", strings.ToLower(s.words(t, `select support_code from workspaces`)))
				tab.Type("Reason", "You rang us")
				tab.Press("Ask")
				tab.Says("Your request is on its way", "No answer yet")
				var request uuid.UUID
				if err := s.SQL.QueryRow(t.Context(), `select id from support_requests`).Scan(&request); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Decide(t.Context(), ws, request, true); err != nil {
					t.Fatal(err)
				}
				tab.Press("Look again")
				tab.Says("You have access to Harbor")
			}, left: `select scope from support_grants`},
		{name: "admin gives a campaign its persona", role: access.Admin, arrange: threePersonas,
			do: func(_ *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				tab.Press("Campaigns")
				tab.Choose("Persona for Spring fairs", "Formal")
				tab.Press("Save the persona for Spring fairs")
				tab.Says("“Spring fairs” is answered by “Formal”")
			}, left: `select c.name || ': ' || coalesce(p.name, '') from campaigns c left
				join personas p on p.id = c.persona_id`},
		{name: "screen-reader user switches the default with the keyboard alone", role: access.Admin, arrange: threePersonas,
			do: func(t *testing.T, tab *browser.Tab, _ *site, _ postgres.Access) {
				t.Helper()
				walkTo(t, tab, "button: Make the default: Formal")
				tab.Key("Enter")
				tab.Settle()
				tab.Says("It takes over from “Guide”")
			}, left: allPersonas + ` union all ` + mirrored},
	}
}

// conflict has two people change the same persona at once, and the second save.
func conflict(t *testing.T, tab *browser.Tab, s *site, ws postgres.Access) {
	t.Helper()
	tab.Press("Guide")
	tab.Type("Greeting (optional)", "Mine")
	tab.Type("Goals (optional)", "My goals")
	for _, p := range s.all(t, ws) {
		if p.Name == "Guide" {
			other := p.Content
			other.Greeting, other.Signature = "Theirs", "Their signature"
			if _, err := s.Edit(t.Context(), ws, p.ID, p.Version, other, persona.KeepDefault); err != nil {
				t.Fatal(err)
			}
		}
	}
	tab.Press("Save changes")
}

// walkTo presses Tab until something has the focus.
func walkTo(t *testing.T, tab *browser.Tab, name string) {
	t.Helper()
	for range 60 {
		if tab.Focused() == name {
			return
		}
		tab.Key("Tab")
	}
	t.Fatalf("%q is not reached by Tab; the focus is on %q", name, tab.Focused())
}

// all returns the workspace's personas.
func (s *site) all(t *testing.T, ws postgres.Access) []persona.Persona {
	t.Helper()
	list, _, err := s.PersonasPart(t.Context(), ws, "", postgres.Rows{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestEachPersonDoesTheirTasks does every task in Chromium with JavaScript on
// and off: the same steps, the same rows, and at the end a page whose tree and
// spoken words stand in testdata/tasks for people to read.
func TestEachPersonDoesTheirTasks(t *testing.T) {
	t.Parallel()
	for _, job := range tasks() {
		t.Run(job.name, func(t *testing.T) {
			t.Parallel()
			withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
				ws := s.Workspace(t, "Harbor")
				job.arrange(t, s, ws)
				tab, user, email := s.person(t, script, access.NewUser{Name: "Ada Morgan", Support: job.role == access.Support})
				switch {
				case job.outside:
					tab.Get("/support")
				case job.role == access.Support:
					if _, err := s.Grant(t.Context(), ws, email, access.SwitchOnly, 1, "On the phone"); err != nil {
						t.Fatal(err)
					}
				default:
					s.Member(t, ws.Workspace(), user, job.role)
				}
				if !job.outside {
					tab.Get("/workspaces")
					tab.Press("Harbor")
				}
				job.do(t, tab, s, ws)
				if tab.Focused() == "" {
					t.Errorf("script %t: the focus is lost", script)
				}
				outline := content(steady(tab.Outline()))
				outlines(t, job.name, script, outline, steady(tab.Spoken()))
				return s.words(t, job.left), tab.Steps
			})
		})
	}
}

var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

var times = regexp.MustCompile(`(today|\d{1,2} [A-Z][a-z]+ \d{4})(,? (at )?\d\d:\d\d( UTC)?)?`)

var codes = regexp.MustCompile(`\b[2-9C-Y]{4}-[2-9C-Y]{4}\b`)

// steady replaces what is another each time.
func steady(text string) string {
	return codes.ReplaceAllString(ids.ReplaceAllString(times.ReplaceAllString(text, "DATE"), "ID"), "CODE")
}

// content leaves out what surrounds every page.
func content(tree string) string { return tree[strings.Index(tree, "\n  main")+1:] }

func outlines(t *testing.T, task string, script bool, outline, spoken string) {
	t.Helper()
	name := strings.ReplaceAll(task, " ", "-")
	for ending, got := range map[string]string{".tree.txt": outline, ".spoken.txt": spoken} {
		file := filepath.Join("testdata", "tasks", name+ending)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		same(t, file+", script "+map[bool]string{true: "on", false: "off"}[script], got, string(want))
	}
}
