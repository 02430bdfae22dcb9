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
	"personae/internal/persona"
	"personae/internal/postgres"
)

// rows returns the names of the rows of the page's tables.
func (p *page) rows() []string {
	var names []string
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "th" && attr(n, "scope") == "row" {
			names = append(names, textOf(n))
		}
	}
	return names
}

// link finds where the link with this text leads; empty: there is none.
func (p *page) link(text string) string {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && textOf(n) == text {
			return attr(n, "href")
		}
	}
	return ""
}

func (s *site) holding(t *testing.T, p persona.Persona) []string {
	t.Helper()
	rows, err := s.SQL.Query(t.Context(), `select name from campaigns where persona_id = $1 order by name`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestManyCampaignsAreAssignedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Coach")
	autumn, spring, summer := s.NewCampaign(t, ws, "Autumn"), s.NewCampaign(t, ws, "Spring"),
		s.NewCampaign(t, ws, "Summer")
	s.NewCampaign(t, ws, "Winter")
	b := s.as(t, ws.Workspace(), access.Admin)
	list := b.get(at(ws, "campaigns?sort=persona")).is(http.StatusOK)
	const button = "Assign to the chosen campaigns"
	choose := func(ids ...uuid.UUID) []string {
		var texts []string
		for _, id := range ids {
			texts = append(texts, id.String())
		}
		return texts
	}

	done := list.submit(button, url.Values{"campaign": choose(autumn, summer, summer), "persona": {p.ID.String()}}).
		is(http.StatusOK).
		says("2 campaigns are now answered by “Coach”")
	same(t, "the order is kept", done.link("Sort by name"), at(ws, "campaigns"))
	same(t, "assigned", s.holding(t, p), []string{"Autumn", "Summer"})
	same(t, "one event", s.Count(t, `select count(*) from audit_events where action = 'campaign.assigned_many'
		and persona_id = $1
		and jsonb_array_length(details->'campaigns') = 2 and details->'were' = '[null, null]'
		and details->>'to' = $1::text`, p.ID), 1)

	list.submit(button, url.Values{"campaign": choose(autumn, spring), "persona": {p.ID.String()}}).is(http.StatusOK).
		says("1 campaign is now answered by “Coach”", "1 of the chosen already was.")
	before := s.Snapshot(t)
	list.submit(button, url.Values{"campaign": choose(autumn, spring), "persona": {p.ID.String()}}).is(http.StatusOK).
		says("Nothing was changed", "The 2 chosen campaigns are answered by “Coach” already.")
	same(t, "tables", s.Snapshot(t), before)

	list.submit(button, url.Values{"all": {"4"}}).is(http.StatusOK).
		says("3 campaigns are now answered by the workspace default")
	same(t, "assigned", s.holding(t, p), []string(nil))
	same(t, "what each had before is kept", s.Count(t, `select count(*) from audit_events
		where details->'were' = jsonb_build_array($1::text, $1::text, $1::text)`, p.ID), 1)
	b.get(at(ws, "activity?action=campaign")).is(http.StatusOK).
		says("Gave 2 campaigns the persona “Coach”", "Gave 3 campaigns the workspace default")
}

func TestTheActivityNamesTheCampaignsOfAChangeAndWhatEachHad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	coach, guide := s.NewPersona(t, ws, "Coach"), s.NewPersona(t, ws, "Guide")
	autumn, spring := s.NewCampaign(t, ws, "Autumn"), s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	assign := func(campaigns []string, to persona.Persona) {
		t.Helper()
		b.post(at(ws, "campaigns/persona"), url.Values{"campaign": campaigns, "persona": {to.ID.String()}}).is(http.StatusOK)
	}
	assign([]string{spring.String()}, guide)
	assign([]string{autumn.String(), spring.String()}, coach)
	s.Exec(t, `insert into campaigns (workspace_id, name) select $1, 'Many ' || n from generate_series(1, 58) n`,
		ws.Workspace())
	b.post(at(ws, "campaigns/persona"), url.Values{"all": {"60"}, "persona": {coach.ID.String()}}).is(http.StatusOK)
	b.get(at(ws, "personas", coach.ID.String(), "delete")).submit("Delete Coach", nil).is(http.StatusOK)

	entries := b.get(at(ws, "activity")).is(http.StatusOK).entries()
	for i, want := range []string{
		"Autumn: from the persona “Coach” to the workspace default",
		"And 8 more campaigns. The CSV has the ids of all.",
		"Autumn: from the workspace default to the persona " +
			"“Coach” Spring: from the persona “Guide” to the persona “Coach”",
		"Spring: from the workspace default to the persona “Guide”",
	} {
		if !strings.Contains(entries[i], want) {
			t.Errorf("entry %d does not say %q: %s", i, want, entries[i])
		}
	}
	file := b.get(at(ws, "activity.csv?action=campaign")).is(http.StatusOK).body
	for _, campaigns := range [][]uuid.UUID{{spring}, {autumn, spring}} {
		var ids []string
		for _, id := range campaigns {
			ids = append(ids, id.String())
		}
		if !strings.Contains(file, ","+strings.Join(ids, " ")+",\n") {
			t.Errorf("the file does not hold %v:\n%s", ids, file)
		}
	}
	token := s.token(t, ws, "read")
	events := s.ask(t, token, "GET", api(ws, "activity"), "").is(http.StatusOK).data.([]any)
	two := events[3].(map[string]any) // after the token, the delete and the assignment of all
	same(t, "campaigns", len(two["campaignIds"].([]any)), 2)
	befores := two["fromPersonaIds"].([]any)
	slices.SortFunc(befores, func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	want := []any{nil, guide.ID.String()}
	slices.SortFunc(want, func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	same(t, "personas before", befores, want)
	same(t, "personas after", two["toPersonaIds"], any([]any{}))
}

// bulk is a site where two campaigns are assigned at once.
type bulk struct {
	*site
	ws             postgres.Access
	b              *client
	coach, guide   persona.Persona
	autumn, spring uuid.UUID
}

const (
	undoBulk      = "Undo this: 2 campaigns are now answered by “Coach”"
	undoBulkThere = "Undo this: Gave 2 campaigns the persona “Coach”"
)

func newBulk(t *testing.T) bulk {
	t.Helper()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	x := bulk{site: s, ws: ws, coach: s.NewPersona(t, ws, "Coach"), guide: s.NewPersona(t, ws, "Guide"),
		autumn: s.NewCampaign(t, ws, "Autumn"), spring: s.NewCampaign(t, ws, "Spring")}
	s.NewCampaign(t, ws, "Winter")
	x.b = s.as(t, ws.Workspace(), access.Admin)
	x.one(t, x.spring, x.guide.ID.String())
	return x
}

// one assigns a campaign, and both two at once.
func (x bulk) one(t *testing.T, campaign uuid.UUID, to string) {
	t.Helper()
	x.b.post(at(x.ws, "campaigns", campaign.String(), "persona"), url.Values{"persona": {to}}).is(http.StatusOK)
}

func (x bulk) both(t *testing.T) *page {
	t.Helper()
	return x.b.post(at(x.ws, "campaigns/persona"), url.Values{
		"campaign": {x.autumn.String(), x.spring.String()}, "persona": {x.coach.ID.String()}}).is(http.StatusOK)
}

func TestABulkAssignmentIsUndoneFromItsReceiptAndTheActivity(t *testing.T) {
	t.Parallel()
	s := newBulk(t)
	ws, b, reader := s.ws, s.b, s.as(t, s.ws.Workspace(), access.Member)

	receipt := s.both(t)
	receipt.submit(undoBulk, nil).is(http.StatusOK).says("Undone: 2 campaigns are answered as before")
	same(t, "as before", []any{s.holding(t, s.guide), s.holding(t, s.coach)}, []any{[]string{"Spring"}, []string(nil)})
	before := s.Snapshot(t)
	receipt.submit(undoBulk, nil).is(http.StatusOK).says("Undone: 2 campaigns are answered as before")
	same(t, "pressed twice is done once", s.Snapshot(t), before)
	b.get(at(ws, "activity")).is(http.StatusOK).says("Undid an assignment: 2 campaigns are answered as before",
		"Autumn: from the persona “Coach” to the workspace default", "Spring: from the persona “Coach” to the "+
			"persona “Guide”")

	s.both(t)
	if reader.get(at(ws, "activity")).is(http.StatusOK).button(undoBulkThere) != nil {
		t.Error("a member is offered what they may not do")
	}
	b.get(at(ws, "activity")).submit(undoBulkThere, nil).is(http.StatusOK).says("Undone")
	same(t, "as before", s.holding(t, s.guide), []string{"Spring"})
	if b.get(at(ws, "activity")).button(undoBulkThere) != nil {
		t.Error("what is undone can be undone again")
	}
}

func TestABulkAssignmentIsNotUndoneOnceSomethingNewerHappened(t *testing.T) {
	t.Parallel()
	s := newBulk(t)
	ws, b, autumn, spring, guide := s.ws, s.b, s.autumn, s.spring, s.guide.ID.String()
	one := func(campaign uuid.UUID, to string) { s.one(t, campaign, to) }
	for name, newer := range map[string]struct {
		does func()
		says string
	}{
		"a campaign was given another": {func() { one(autumn, guide) },
			"Somebody chose since who answers for “Autumn”"},
		"a campaign was given another and it back": {func() { one(autumn, ""); one(autumn, s.coach.ID.String()) },
			"Somebody chose since who answers for “Autumn”"},
		"another program did": {func() { s.Exec(t, `update campaigns set persona_id = null where id = $1`, spring) },
			"Somebody chose since who answers for “Spring”"},
	} {
		one(autumn, "")
		one(spring, guide)
		receipt, there := s.both(t), b.get(at(ws, "activity"))
		newer.does()
		if b.get(at(ws, "activity")).button(undoBulkThere) != nil {
			t.Errorf("%s: what will be refused is offered", name)
		}
		before := s.Snapshot(t)
		receipt.submit(undoBulk, nil).is(http.StatusConflict).says("Nothing was changed.", newer.says)
		there.submit(undoBulkThere, nil).is(http.StatusConflict).says(newer.says)
		same(t, name, s.Snapshot(t), before)
	}

	one(autumn, "")
	one(spring, guide)
	receipt := s.both(t)
	s.Exec(t, `delete from personas where id = $1`, s.guide.ID)
	receipt.submit(undoBulk, nil).is(http.StatusConflict).says("“Guide”, which answered for some of them, was deleted since.")
	s.Exec(t, `delete from campaigns where id = $1`, autumn)
	b.post(at(ws, "campaigns/undo"), url.Values{"event": {uuid.NewString()}}).is(http.StatusNotFound)
	b.post(at(ws, "campaigns/undo"), nil).is(http.StatusNotFound)
	other := s.Workspace(t, "Cedar")
	theirs := s.as(t, other.Workspace(), access.Admin)
	theirs.post(at(other, "campaigns/undo"), url.Values{"event": {s.words(t, `select id::text from audit_events
		where action = 'campaign.assigned_many' order by rev limit 1`)}}).is(http.StatusNotFound)
	same(t, "none is left half undone", s.Count(t, `select count(*) from campaigns where persona_id = $1`, s.coach.ID), 1)
}

func TestABulkAssignmentThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	p, foreign := s.NewPersona(t, ws, "Coach"), s.NewPersona(t, other, "Foreign")
	mine, theirs := s.NewCampaign(t, ws, "Spring"), s.NewCampaign(t, other, "Theirs")
	s.NewCampaign(t, ws, "Summer")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	list := b.get(at(ws, "campaigns?q=s")).is(http.StatusOK)
	const button = "Assign to the chosen campaigns"
	none := list.submit(button, url.Values{"persona": {p.ID.String()}}).is(http.StatusUnprocessableEntity).
		says("Choose campaigns in the list, or all of them here")
	same(t, "persona", formFields(none.button(button)).Get("persona"), p.ID.String())
	same(t, "search", formFields(none.button(button)).Get("q"), "s")
	for what, form := range map[string]url.Values{
		"foreign campaign":   {"campaign": {mine.String(), theirs.String()}, "persona": {p.ID.String()}},
		"missing campaign":   {"campaign": {mine.String(), uuid.NewString()}, "persona": {""}},
		"malformed campaign": {"campaign": {mine.String(), "1"}, "persona": {""}},
		"foreign persona":    {"campaign": {mine.String()}, "persona": {foreign.ID.String()}},
		"foreign, all":       {"all": {"2"}, "persona": {foreign.ID.String()}},
		"malformed persona":  {"campaign": {mine.String()}, "persona": {"Coach"}},
	} {
		if got := b.post(at(ws, "campaigns/persona"), form).status; got != http.StatusNotFound {
			t.Errorf("%s: status %d", what, got)
		}
	}
	for _, path := range []string{"campaigns/persona", "campaigns/" + mine.String() + "/persona"} {
		b.post(at(ws, path), url.Values{"campaign": {mine.String()}}).is(http.StatusUnprocessableEntity).
			says("not a complete form")
	}
	again := list.submit(button, url.Values{"all": {"3"}, "persona": {p.ID.String()}}).is(http.StatusConflict).
		says("You were shown 3, and now there are 2")
	same(t, "all stays chosen", formFields(again.button(button)).Get("all"), "2")
	same(t, "tables", s.Snapshot(t), before)
	again.submit(button, nil).is(http.StatusOK).says("2 campaigns are now answered by “Coach”")
	same(t, "assigned", s.holding(t, p), []string{"Spring", "Summer"})
}

func TestAllThatMatchIsNoMoreThanWhatMatches(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Coach")
	s.Exec(t, `insert into campaigns (workspace_id, name) select $1, case when n % 2 = 0 then 'Även ' else 'Odd ' end
		|| lpad(n::text, 3, '0') from generate_series(1, 220) n`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)
	list := b.get(at(ws, "campaigns?q=%C3%84VEN&page=3")).is(http.StatusOK).
		says("110 of 220 campaigns match “ÄVEN”", "All 110 campaigns whose name holds “ÄVEN”", "Page 3")
	same(t, "rows", list.rows(), []string{"Även 202", "Även 204", "Även 206", "Även 208", "Även 210", "Även 212",
		"Även 214", "Även 216", "Även 218", "Även 220"})
	same(t, "next", list.link("Next page"), "")
	list.submit("Assign to the chosen campaigns", url.Values{"all": {"110"}, "persona": {p.ID.String()}}).
		is(http.StatusOK).says("110 campaigns are now answered by “Coach”")
	same(t, "assigned", s.Count(t, `select count(*) from campaigns where persona_id = $1 and name like 'Även%'`,
		p.ID), 110)
	same(t, "others", s.Count(t, `select count(*) from campaigns where persona_id is null and name like 'Odd%'`), 110)

	// By who answers: Coach's before the default's, whether these name it or not, and Émile's last, each by name, to
	// the last page.
	last := s.NewPersona(t, ws, "Émile")
	s.Exec(t, `update campaigns set persona_id = case name when 'Odd 001' then $2 else (select id from personas where is_default) end
		where workspace_id = $1 and name in ('Odd 001', 'Odd 005')`, ws.Workspace(), last.ID)
	path, seen := at(ws, "campaigns?sort=persona"), []string{}
	for path != "" {
		page := b.get(path).is(http.StatusOK)
		seen = append(seen, page.rows()...)
		path = page.link("Next page")
	}
	want := []string{}
	for _, kind := range []string{"Även ", "Odd "} {
		for n := 1; n <= 220; n++ {
			if (n%2 == 0) == (kind == "Även ") && n > 1 {
				want = append(want, fmt.Sprintf("%s%03d", kind, n))
			}
		}
	}
	same(t, "all pages", seen, append(want, "Odd 001"))
	b.get(at(ws, "campaigns?page=9")).is(http.StatusOK).says("There is no page 9.")
	b.get(at(ws, "campaigns?q=zzz")).is(http.StatusOK).says("No campaigns match “zzz”.", "Show all campaigns")

	// Saving one row comes back to the same part of the list.
	saved := b.get(at(ws, "campaigns?q=odd&page=2")).submit("Save the persona for Odd 101",
		url.Values{"persona": {p.ID.String()}}).is(http.StatusOK).says("“Odd 101” is answered by “Coach”", "Page 2")
	if !strings.HasPrefix(saved.rows()[0], "Odd 101") {
		t.Error(saved.rows())
	}
}
