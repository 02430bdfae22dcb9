package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"personae/internal/access"
)

// shelf returns the names of the list of workspaces.
func (p *page) shelf() []string {
	names := []string{}
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "ul" && attr(n, "class") == "shelf" {
			for a := range n.Descendants() {
				if a.Data == "a" {
					names = append(names, textOf(a))
				}
			}
		}
	}
	return names
}

// TestFiveHundredWorkspacesAreFoundAndPaged returns somebody 500 workspaces, and
// walks and searches the list.
func TestFiveHundredWorkspacesAreFoundAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	b.get("/workspaces").is(http.StatusOK).says("No workspace is open to you yet.")
	s.Exec(t, `with made as (insert into workspaces (name, created_at)
		select 'Klient ' || lpad(n::text, 3, '0'), now() - n * interval '1 hour' from generate_series(1, 499) n
		union all select 'ÉLAN', now() - interval '1 year' returning id)
		insert into members (workspace_id, user_id, role) select id, $1, 'admin' from made`, b.user)
	s.Workspace(t, "Klient of somebody else")

	walk := func(path string) (names []string, pages int) {
		for ; path != ""; pages++ {
			page := b.get(path).is(http.StatusOK)
			names = append(names, page.shelf()...)
			path = page.link("Next page")
		}
		return names, pages
	}
	names, pages := walk("/workspaces")
	same(t, "pages", pages, 10)
	want := []string{"ÉLAN"}
	for n := range 499 {
		want = append(want, fmt.Sprintf("Klient %03d", n+1))
	}
	same(t, "by name", names, want)
	b.get("/workspaces?page=2").says("Workspaces, page 2 of 10", "Page 2 of 10, 500 workspaces")
	b.get("/workspaces?q=klient+1&page=2").says("page 2 of 2", "Page 2 of 2, 100 workspaces")

	same(t, "found, whatever its case", b.get("/workspaces?q=%C3%A9lan").is(http.StatusOK).shelf(), []string{"ÉLAN"})
	found, pages := walk("/workspaces?q=klient+1")
	same(t, "pages found", pages, 2)
	same(t, "found", found, want[100:200])
	b.get("/workspaces?q=somebody").is(http.StatusOK).
		says("No workspaces match “somebody”. Show all workspaces")
	beyond := b.get("/workspaces?q=klient&page=11").is(http.StatusOK).says("There is no page 11.")
	same(t, "the way back", beyond.link("Go to the first page"), "/workspaces?q=klient")
	same(t, "no other way back", beyond.link("Previous page"), "")
	same(t, "the last page", b.get("/workspaces?q=klient&page=10").link("Previous page"), "/workspaces?page=9&q=klient")

	// The one that was changed last is first, and those without a change follow by age.
	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from workspaces where name = 'Klient 300'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	b.post("/workspaces/"+id+"/personas/import", nil).is(http.StatusOK)
	sorted := b.get(b.get("/workspaces?q=k").link("Sort by last change")).is(http.StatusOK).
		says("Sorted by last change.", "Default Persona speaks, the only persona.")
	same(t, "by last change", sorted.shelf()[:3], []string{"Klient 300", "Klient 001", "Klient 002"})
	same(t, "the next page keeps search and order", sorted.link("Next page"), "/workspaces?page=2&q=k&sort=change")
	same(t, "an unknown order", b.get("/workspaces?sort=id;drop").is(http.StatusOK).shelf()[0], "ÉLAN")
	names, _ = walk("/workspaces?sort=change")
	slices.Sort(names)
	slices.Sort(want)
	same(t, "every one once", names, want)
}

func TestWorkspacesAreNotAllCountedWhereThereAreManyMore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Exec(t, `insert into workspaces (name) select 'Klient ' || n from generate_series(1, 1060) n`)
	b := s.signIn(t, access.NewUser{Superadmin: true})
	for _, list := range []string{"/workspaces?", "/workspaces?q=klient&", "/workspaces?sort=change&"} {
		first := b.get(list+"page=1").is(http.StatusOK).says("Workspaces, page 1 –", "Page 1, more than 1,000 workspaces")
		same(t, "others follow "+list, first.link("Next page") != "", true)
		late := b.get(list + "page=21").says("Page 21, more than 1,050 workspaces")
		last := b.get(late.link("Next page")).says("Page 22 of 22, 1,060 workspaces")
		same(t, "none follows "+list, last.link("Next page"), "")
		same(t, "on the last of "+list, len(last.shelf()), 10)
	}
}

func TestPersonasAreFoundByNameAndGreeting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	for _, name := range []string{"Default", "Élise", "Tom"} {
		s.NewPersona(t, ws, name)
	}
	b := s.as(t, ws.Workspace(), access.Member)
	found := b.get(at(ws, "personas?q=%20%C3%A9LISE")).is(http.StatusOK).
		says("1 of 3 personas match “éLISE”.", "Show all personas")
	same(t, "by name", found.rows(), []string{"Élise"})
	same(t, "however its accents are typed", b.get(at(ws, "personas?q=e%CC%81lise")).is(http.StatusOK).rows(),
		[]string{"Élise"})
	s.Exec(t, `update personas set name = normalize(name, nfd) where name = 'Élise'`)
	same(t, "however they are stored", b.get(at(ws, "personas?q=%C3%A9lise")).is(http.StatusOK).rows(),
		[]string{"E\u0301lise"})
	same(t, "by greeting", b.get(at(ws, "personas?q=FROM+tom")).is(http.StatusOK).rows(), []string{"Tom"})
	b.get(at(ws, "personas?q=%25")).is(http.StatusOK).says("No personas match “%”.")
	b.get(at(ws, "personas?q=Tom%00")).is(http.StatusOK).says("No personas match")
}

func TestALinkIsCalledAsThePageIsThatItLeadsTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	followed := 0
	for n := range b.get(at(ws, "personas")).doc().Descendants() {
		inside := slices.ContainsFunc(slices.Collect(n.Ancestors()), func(up *html.Node) bool {
			return up.Data == "nav" || up.Data == "footer" || attr(up, "class") == "me"
		})
		if n.Data != "a" || !inside {
			continue
		}
		name, _, _ := strings.Cut(textOf(n), " :")
		title := b.get(attr(n, "href")).is(http.StatusOK).title()
		if name == "All workspaces" {
			name = "Workspaces"
		}
		if !strings.HasPrefix(title, name+" – ") {
			t.Errorf("%q leads to %q", name, title)
		}
		followed++
	}
	if followed < 14 {
		t.Errorf("followed %d links", followed)
	}
}

func TestHelpIsOneLinkAwayOnEveryPageAndItsLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	same(t, "workspaces", b.get("/workspaces").link("Help"), "/help#who")
	same(t, "account", b.get("/account").link("Help"), "/help#account")
	help := b.get("/help").is(http.StatusOK).says("Exactly one of them is the default", "Undo",
		"Support staff", "With the keyboard")
	ids := map[string]bool{}
	for n := range help.doc().Descendants() {
		ids[attr(n, "id")] = true
	}
	for _, section := range []string{"personas", "personas/new", "personas/" + uuid.NewString(), "campaigns", "drafts", "leads",
		"preview", "why", "activity", "outcomes", "health", "settings", "members", "support", "tokens", "webhooks"} {
		link := b.get(at(ws, section)).link("Help")
		if _, part, _ := strings.Cut(link, "#"); !ids[part] {
			t.Errorf("help for %s is at %s, which is not there", section, link)
		}
	}
	for n := range help.doc().Descendants() {
		if to, local := strings.CutPrefix(attr(n, "href"), "#"); local && !ids[to] {
			t.Errorf("a link leads to #%s, which is not there", to)
		}
	}
	same(t, "signed out", s.client(t).get("/help").path, "/login")
}

func TestWhatIsMissingInOnesOwnWorkspaceKeepsItsNavigation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	gone, theirs := s.NewPersona(t, ws, "Gone"), s.NewPersona(t, other, "Theirs")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", gone.ID.String(), "delete")).submit("Delete Gone", nil).is(http.StatusOK)
	const deleted = "Look among the deleted personas"
	missing := b.get(at(ws, "personas", gone.ID.String())).is(http.StatusNotFound).says("There is nothing here")
	same(t, "navigation", missing.link("Campaigns"), at(ws, "campaigns"))
	b.get(missing.link(deleted)).is(http.StatusOK).says("Gone")
	same(t, "of somebody else's, it looks the same", b.get(at(ws, "personas",
		theirs.ID.String())).is(http.StatusNotFound).body, missing.body)
	lead := b.get(at(ws, "leads", theirs.ID.String())).is(http.StatusNotFound)
	same(t, "beside what is no persona", []string{lead.link("Campaigns"), lead.link(deleted)},
		[]string{at(ws, "campaigns"), ""})

	foreign := b.get(at(other, "personas", theirs.ID.String())).is(http.StatusNotFound)
	same(t, "no navigation", []string{foreign.link("Campaigns"), foreign.link(deleted)}, []string{"", ""})
	for _, path := range []string{at(other, "personas"), "/workspaces/" + uuid.NewString() + "/personas/" +
		gone.ID.String(), "/workspaces/x/personas"} {
		same(t, path, b.get(path).is(http.StatusNotFound).body, foreign.body)
	}
}

func TestWorkspacesAreSearchedAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{Superadmin: true})
	s.Exec(t, `insert into workspaces (name) select 'Client ' || to_char(n, 'FM000') from generate_series(1, 60) n`)
	b.get("/workspaces").is(http.StatusOK).says("Client 050", "Next page")
	b.get("/workspaces?page=2").is(http.StatusOK).says("Client 060", "Previous page")
	found := b.get("/workspaces?q=cLIENT+007").is(http.StatusOK).says("Client 007")
	if strings.Contains(found.text(), "Client 008") {
		t.Error("the search finds too much")
	}
	for _, odd := range []string{"%00", "%ff", "%25", url.QueryEscape(`'; drop table personas; --`)} {
		b.get("/workspaces?q=" + odd).is(http.StatusOK)
	}
}

// TestWorkspacesShowTheChangeByWhichTheyAreSorted has one brought over today with what was done in it years ago.
func TestWorkspacesShowTheChangeByWhichTheyAreSorted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{Superadmin: true})
	s.Workspace(t, "Harbor")
	moved := s.Workspace(t, "Moved").Workspace()
	s.Exec(t, `insert into audit_events (workspace_id, rev, actor_id, capacity, action, at)
		select r.workspace_id, r.rev + 1, $2, 'superadmin', 'workspace.created', '2020-02-02' from workspace_revisions r where r.workspace_id = $1`, moved, b.user)
	s.Exec(t, `update workspace_revisions set rev = rev + 1 where workspace_id = $1`, moved)
	text := b.get("/workspaces?sort=change").is(http.StatusOK).text()
	if first, last := strings.Index(text, "Moved"), strings.Index(text, "Harbor"); first < 0 || first > last || strings.Contains(text, "2020") {
		t.Errorf("the list is not in the order that it shows:\n%s", text)
	}
}
