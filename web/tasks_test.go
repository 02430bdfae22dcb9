package web_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/testing/browser"
)

// withAndWithoutScript does a task in two fresh consoles, with JavaScript on and
// off. task returns what it left in the database, which must be the same, as must
// be the steps that it took.
func withAndWithoutScript(t *testing.T, task func(t *testing.T, s *site, script bool) (left string, steps []string)) {
	t.Helper()
	var left [2]string
	var steps [2][]string
	for i, script := range []bool{true, false} {
		s := newSite(t)
		left[i], steps[i] = task(t, s, script)
	}
	same(t, "what is left with and without script", left[1], left[0])
	if !slices.Equal(steps[0], steps[1]) {
		t.Errorf("steps with script: %q\nwithout: %q", steps[0], steps[1])
	}
}

// person adds somebody and opens a window in which they are signed in.
func (s *site) person(t *testing.T, script bool, u access.NewUser) (*browser.Tab, uuid.UUID, string) {
	t.Helper()
	u.Email, u.PasswordHash = strings.ToLower(strings.ReplaceAll(u.Name, " ", "."))+"@example.com", s.hash
	id := s.User(t, u)
	tab := browser.Open(t, s.url, script)
	signInThere(tab, u.Email)
	return tab, id, u.Email
}

func signInThere(tab *browser.Tab, email string) {
	tab.Get("/login")
	tab.Type("Email address", email)
	tab.Type("Password", password)
	tab.Press("Sign in")
	tab.Leaves("/login") // on a busy machine it comes to rest before anything was sent
}

func TestSignInInABrowser(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		s.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada Morgan", PasswordHash: s.hash})
		tab := browser.Open(t, s.url, script)
		tab.Get("/account")
		same(t, "asked to sign in", tab.Path(), "/login?next=%2Faccount")
		tab.Type("Email address", "ada@example.com")
		tab.Type("Password", "wrong")
		tab.Press("Sign in")
		tab.Says("The email address or the password is not right")
		same(t, "focus", tab.Focused(), "group: ")
		same(t, "address kept", tab.Value("Email address"), "ada@example.com")
		tab.Type("Password", password)
		tab.Press("Sign in")
		same(t, "back where they wanted to go", tab.Path(), "/account")
		tab.Press("Sign out")
		tab.Says("You were signed out")
		tab.Back()
		same(t, "nothing is shown again", tab.Path(), "/login?next=%2Faccount")
		return "", tab.Steps
	})
}

func TestAnInvitationIsAcceptedInABrowser(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		owner, id, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), id, access.Owner)
		owner.Get("/workspaces")
		owner.Press("Harbor")
		owner.Press("Members")
		owner.Type("Email address", "milo@example.com")
		owner.Choose("Role", "Admin: may change everything")
		owner.Press("Make an invitation")
		link := owner.Value("Copy this now. It is shown only once")
		path := regexp.MustCompile(`/invitations/[\w-]+$`).FindString(link)
		guest := browser.Open(t, s.url, script)
		guest.Get(path)
		guest.Says("Ada Morgan invites milo@example.com to join Harbor as admin")
		guest.Type("Your name", "Milo Brandt")
		guest.Type("Password", "a new password")
		guest.Press("Join Harbor")
		guest.Says("Harbor")
		guest.Press("Create Default Persona")
		guest.Says("“Default Persona” was created and is the default")
		guest.Get(path)
		guest.Says("This link does not work any more")
		steps := slices.DeleteFunc(append(owner.Steps, guest.Steps...), func(step string) bool {
			return strings.HasPrefix(step, "open ")
		})
		return s.words(t, `select u.name || ' ' || m.role from members m join users u on u.id = m.user_id order by 1`), steps
	})
}

// words returns the rows of a query of one column, in lines.
func (s *site) words(t *testing.T, sql string) string {
	t.Helper()
	var all *string
	if err := s.SQL.QueryRow(t.Context(), `select string_agg(x, e'\n' order by x) from (`+sql+`) rows(x)`).
		Scan(&all); err != nil {
		t.Fatal(err)
	}
	if all == nil {
		return ""
	}
	return *all
}

func TestSupportIsLetInAndSwitchesADefaultInABrowser(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Sales coach")
		s.NewPersona(t, ws, "Guide")
		admin, id, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), id, access.Admin)
		support, _, email := s.person(t, script, access.NewUser{Name: "Sam Reyes", Support: true})
		support.Get("/workspaces")
		if strings.Contains(support.Text(), "Harbor") {
			t.Error("support staff see a workspace that nobody let them into")
		}
		admin.Get("/workspaces")
		admin.Press("Harbor")
		admin.Press("Support access")
		admin.Type("Email address of the support person", email)
		admin.Choose("What they may do", "Switch the default only")
		admin.Choose("For how long", "1 hour")
		admin.Type("Reason", "We are on the phone")
		admin.Press("Give access")
		admin.Says("Sam Reyes")
		support.Get("/workspaces")
		support.Press("Harbor")
		support.Says("Ada Morgan", "We are on the phone")
		support.Press("Make the default: Guide")
		support.Says("Sales coach")
		admin.Get("/workspaces")
		admin.Press("Harbor")
		admin.Press("Support access")
		admin.Press("Revoke the access of Sam Reyes")
		support.Press("Make the default: Sales coach")
		support.Says("There is nothing here")
		return s.words(t, `select name || case when is_default then ' default' else '' end from personas order by 1`),
			append(admin.Steps, support.Steps...)
	})
}

func TestManyCampaignsAreAssignedInABrowser(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Guide")
		s.NewPersona(t, ws, "Sales coach")
		for _, name := range []string{"Autumn", "Spring", "Summer"} {
			s.NewCampaign(t, ws, name)
		}
		tab, id, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), id, access.Admin)
		tab.Get("/workspaces")
		tab.Press("Harbor")
		tab.Press("Campaigns")
		tab.Choose("Who answers", "Sales coach")
		tab.Press("Assign to the chosen campaigns")
		tab.Says("Choose campaigns in the list, or all of them here")
		same(t, "focus", tab.Focused(), "group: ")
		same(t, "the choice is kept", tab.Value("Who answers"), "Sales coach")
		tab.Tick("Autumn")
		tab.Tick("Summer")
		tab.PressTwice("Assign to the chosen campaigns")
		tab.Says("Summer")
		tab.Tick("All 3 campaigns")
		tab.Choose("Who answers", "Default: Guide")
		tab.Press("Assign to the chosen campaigns")
		tab.Says("2 campaigns are now answered by the workspace default")
		same(t, "focus", tab.Focused(), "group: ")
		same(t, "complaints", tab.Reported(), []string{"network: Failed to load resource: the server responded " +
			"with a status of 422 (Unprocessable Entity)"})
		return s.words(t, `select action || ' ' || coalesce(jsonb_array_length(details->'campaigns'), 0)
			from audit_events where action like 'campaign%' order by rev`), tab.Steps
	})
}

func TestPersonasAreLoadedInABrowser(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Guide")
		tab, id, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), id, access.Admin)
		tab.Get("/workspaces")
		tab.Press("Harbor")
		tab.Press("Load personas from a file")
		tab.Type("Or paste its text", `{"version": 1, "personas": [{"name": "Coach"}, {"name": ""}]}`)
		tab.Press("Show what it would do")
		tab.Says("Persona 2: Enter a name for this persona")
		tab.Type("Or paste its text",
			`{"version": 1, "personas": [{"name": "Coach"}, {"name": "guide", "greeting": "Good day"}]}`)
		tab.Tick("Replace personas that differ")
		tab.Press("Show what it would do")
		tab.Says("Would be created.", "Would be replaced.", "“guide” stays the default")
		same(t, "focus", tab.Focused(), "heading: Load these personas?")
		tab.Press("Load 2 personas")
		tab.Says("2 personas are loaded")
		same(t, "complaints", tab.Reported(), []string{"network: Failed to load resource: the server responded " +
			"with a status of 422 (Unprocessable Entity)"})
		return s.words(t, `select name || ' ' || version || ' ' || is_default || coalesce(' ' || greeting, '')
			from personas order by 1`), tab.Steps
	})
}
