package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
)

// TestOneSearchFindsPersonasCampaignsAndLeads looks for words with other case and
// accents than they have, and for another workspace's.
func TestOneSearchFindsPersonasCampaignsAndLeads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	p := s.NewPersona(t, ws, "Élan")
	s.NewPersona(t, ws, "Guide")
	s.NewPersona(t, other, "Elan of Cedar")
	s.Exec(t, `insert into campaigns (workspace_id, name) select $1, 'ELAN ' || lpad(n::text, 2, '0')
		from generate_series(1, 12) n`, ws.Workspace())
	var lead uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `insert into leads (workspace_id, external_id, first_name, last_name, email, company)
		values ($1, 'x', 'Liv', 'Strand', 'liv@elan.example', 'Strand AB') returning id`, ws.Workspace()).Scan(&lead); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	page := b.get(at(ws, "search")+"?q=elan").is(http.StatusOK).
		says("14 results for “elan”", "1 persona", "12 campaigns", "1 lead", "Strand AB")
	names := page.shelf()
	same(t, "how many are shown", len(names), 12)
	same(t, "persona and lead", []string{names[0], names[11]}, []string{"Élan", "Liv Strand"})
	same(t, "the persona", page.link("Élan"), at(ws, "personas", p.ID.String()))
	same(t, "the lead", page.link("Liv Strand"), at(ws, "leads", lead.String()))
	all := b.get(page.link("Show all 12 campaigns")).is(http.StatusOK)
	for _, name := range []string{"ELAN 01", "ELAN 12"} {
		if !strings.Contains(all.text(), name) {
			t.Errorf("the whole list lacks %s", name)
		}
	}
	b.get(at(ws, "search") + "?q=cedar").is(http.StatusOK).says("No results for “cedar”")
	b.get(at(ws, "search")).is(http.StatusOK).says("Type a part of a name.")
	same(t, "tables", s.Snapshot(t), before)
}

// TestASearchThatNothingCanHoldFindsNothing pastes more than fits into a name, and bytes that are no text.
func TestASearchThatNothingCanHoldFindsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `insert into campaigns (workspace_id, name) values ($1, 'Spring')`, ws.Workspace())
	s.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'x', 'Liv')`, ws.Workspace())
	b, token := s.as(t, ws.Workspace(), access.Admin), s.token(t, ws, "read")
	long := strings.Repeat("x", 300)
	for _, q := range []string{long, "%00", "%ff", strings.Repeat("x", 10000)} {
		for section, nothing := range map[string]string{"personas": "No personas match", "campaigns": "No campaigns match",
			"leads": "No leads match", "search": "No results for"} {
			b.get(at(ws, section) + "?q=" + q).is(http.StatusOK).says(nothing)
		}
		for _, list := range []string{"personas", "campaigns", "leads"} {
			same(t, list, s.ask(t, token, "GET", api(ws, list)+"?q="+q, "").is(http.StatusOK).data, any([]any{}))
		}
	}
	if box := b.get(at(ws, "personas") + "?q=" + long); !strings.Contains(box.body, `value="`+long+`"`) {
		t.Error("what was typed is gone from the field")
	}
}

// TestSwitchingTheWorkspaceStaysInTheSection also looks at more than one that has the
// name, and at a section that not everybody may open.
func TestSwitchingTheWorkspaceStaysInTheSection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, cedar := s.Workspace(t, "Harbor"), s.Workspace(t, "Cédar Clinic")
	s.Workspace(t, "Cedar of somebody else")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.Member(t, cedar.Workspace(), b.user, access.Member)
	for section, there := range map[string]string{"leads": "leads", "tokens": "personas", "nonsense": "personas"} {
		same(t, section, b.get("/workspaces?to="+section+"&q=cedar").is(http.StatusOK).path, at(cedar, there))
	}
	both := b.get("/workspaces?to=leads&q=r").is(http.StatusOK)
	same(t, "both", both.shelf(), []string{"Cédar Clinic", "Harbor"})
	same(t, "where to", both.link("Harbor"), at(ws, "leads"))
	same(t, "a search as before", b.get("/workspaces?q=cedar").is(http.StatusOK).shelf(), []string{"Cédar Clinic"})
}
