package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// queue adds drafts that wait, in this order, each of a lead of its own with this name.
func (s *site) queue(t *testing.T, ws postgres.Access, names ...string) {
	t.Helper()
	for i, name := range names {
		_, draft := s.drafted(t, ws)
		s.Exec(t, `update leads l set first_name = $2 from messages m join drafts d on d.message_id = m.id
			where d.id = $1 and l.id = m.lead_id`, draft, name)
		s.Exec(t, `update drafts set made_at = now() - interval '1 day' + $2 * interval '1 minute' where id = $1`, draft, i)
	}
}

const draftsLeft = `select l.first_name || ' ' || d.state || ' ' || d.version || ' ' || d.body || ' ' || d.reject_reason
	from drafts d join messages m on m.id = d.message_id join leads l on l.id = m.lead_id`

// heading returns what the page is headed, with what stands beside it.
func (p *page) heading() string {
	for n := range p.doc().Descendants() {
		if attr(n, "class") == "head" {
			return textOf(n)
		}
	}
	return ""
}

func TestAQueueIsWorkedOffInOrderWithAPressADraft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada", "Bo", "Cy", "Di")
	b := s.as(t, ws.Workspace(), access.Admin)
	page := b.get(at(ws, "drafts")).is(http.StatusOK).says("Drafts (4)", "No campaign, Email", "23 hours ago")
	page = b.get(page.link("Start with the first")).is(http.StatusOK)
	same(t, "the first", page.heading(), "Reply to Ada 1 of 4")
	if page.link("Previous draft") != "" {
		t.Error("something comes before the first")
	}
	page = page.submit("Approve and next", url.Values{"body": {"Hi Ada"}}).is(http.StatusOK).
		says("The reply to Ada was approved")
	same(t, "the second", page.heading(), "Reply to Bo 1 of 3")
	page = page.submit("Save changes", url.Values{"body": {"Hi Bo"}}).is(http.StatusOK).says("The draft was saved")
	same(t, "still the second", page.heading(), "Reply to Bo 1 of 3")
	page = b.get(page.link("Next draft")).is(http.StatusOK)
	same(t, "the third", page.heading(), "Reply to Cy 2 of 3")
	page.submit("Approve and next", url.Values{"body": {" "}}).is(http.StatusUnprocessableEntity).
		says("Enter the reply; to send none, reject it")
	page.submit("Reject and next", url.Values{"reason": {"gloomy"}}).is(http.StatusUnprocessableEntity).
		says("Choose a reason from the list, or none")
	page = page.submit("Reject and next", url.Values{"reason": {"tone"}, "body": {""}}).is(http.StatusOK).
		says("The reply to Cy was rejected")
	same(t, "the fourth", page.heading(), "Reply to Di 2 of 2")

	// After the last one it goes on with what was passed over, and then there is none.
	page = page.submit("Reject and next", nil).is(http.StatusOK)
	same(t, "what was passed over", page.heading(), "Reply to Bo 1 of 1")
	page.submit("Approve and next", nil).is(http.StatusOK).
		says("The reply to Bo was approved", "Nothing waits for you: every draft is decided.")
	same(t, "drafts", s.words(t, draftsLeft), "Ada approved 2 Hi Ada \nBo approved 2 Hi Bo \n"+
		"Cy rejected 1 Hi Liv, tone\nDi rejected 1 Hi Liv, ")
	same(t, "events", s.words(t, `select action || coalesce(' ' || (details->>'reason'), '') from audit_events
		where action like 'draft.%'`), "draft.approved\ndraft.approved\ndraft.edited\ndraft.rejected\ndraft.rejected tone")
	b.get(at(ws, "activity")).says("Rejected a draft (the tone is not right)")
	b.get(at(ws, "drafts?state=rejected")).is(http.StatusOK).says("Cy", "Di")
	cy := b.get(at(ws, "drafts?state=rejected"))
	page = b.get(cy.link("Cy")).is(http.StatusOK).says("Rejected by Ada Morgan on ", "(the tone is not right)")
	same(t, "a decided draft", page.heading(), "Reply to Cy 2 of 2")
	if page.button("Approve and next") != nil {
		t.Error("a decided draft is offered to decide")
	}
}

func TestWhoMayOnlyReadSeesTheQueueWithoutAButton(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada")
	b := s.as(t, ws.Workspace(), access.Member)
	list := b.get(at(ws, "drafts")).is(http.StatusOK)
	same(t, "it says to start", list.link("Start with the first"), "")
	page := b.get(list.link("Ada")).is(http.StatusOK).says("Hi Liv,", "What does it cost?", "1 of 1")
	if page.button("Approve and next") != nil {
		t.Error("a member is offered to decide")
	}
	b.post(page.path, url.Values{"body": {"x"}, "version": {"1"}, "decision": {"approve"}}).is(http.StatusForbidden)
	other := s.Workspace(t, "Cedar")
	_, theirs := s.drafted(t, other)
	b.get(at(ws, "drafts", theirs)).is(http.StatusNotFound)
	b.get(at(ws, "drafts", "x")).is(http.StatusNotFound)
	same(t, "drafts that were decided", s.Count(t, `select count(*) from drafts where state <> 'waiting'`), 0)
}

func TestAFilterTravelsAlong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada", "Bo", "Cy")
	guide := s.NewPersona(t, ws, "Guide")
	spring := s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `update messages m set campaign_id = $1 from leads l where l.id = m.lead_id and l.first_name in ('Ada', 'Cy')`,
		spring)
	s.Exec(t, `update drafts d set source = 'default', persona_id = $1, persona_version = 1,
			prompt_key = 'composer:v1:email:persona=default'
		from messages m where m.id = d.message_id and m.campaign_id is not null`, guide.ID)
	b := s.as(t, ws.Workspace(), access.Admin)
	for _, query := range []string{"campaign=" + spring.String(), "persona=" + guide.ID.String() + "&channel=email",
		"campaign=" + spring.String() + "&sort=newest"} {
		page := b.get(at(ws, "drafts?"+query)).is(http.StatusOK).says("Ada", "Cy", "Guide", "Spring")
		if strings.Contains(page.text(), "Bo ") {
			t.Errorf("%s: Bo is not left out", query)
		}
		page = b.get(page.link("Start with the first")).is(http.StatusOK).says("1 of 2")
		next, err := url.Parse(page.link("Next draft"))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := url.ParseQuery(query)
		same(t, "the link's filter", next.Query(), want)
	}
	page := b.get(at(ws, "drafts?campaign="+spring.String()))
	page = b.get(page.link("Ada")).submit("Approve and next", nil).is(http.StatusOK)
	same(t, "the next of the campaign", page.heading(), "Reply to Cy 1 of 1")
	page.submit("Approve and next", nil).is(http.StatusOK).says("There is no draft like this", "Show all that wait")
	b.get(at(ws, "drafts?channel=sms")).is(http.StatusOK).says("There is no draft like this")
	for _, wrong := range []string{"state=gone", "persona=1", "campaign=x", "channel=fax", "sort=up"} {
		b.get(at(ws, "drafts?"+wrong)).is(http.StatusUnprocessableEntity).says("from the list", "Bo")
	}
	b.get(at(ws, "drafts?page=9")).is(http.StatusOK).says("The list ends before this page")
}

func TestADraftDecidedMeanwhileSaysWhoDidWhatAndGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada", "Bo")
	milo := s.signIn(t, access.NewUser{Name: "Milo Brandt"})
	s.Member(t, ws.Workspace(), milo.user, access.Owner)
	ada := s.as(t, ws.Workspace(), access.Admin)
	open := func(b *client) *page { return b.get(b.get(at(ws, "drafts")).link("Start with the first")) }
	late, changed := open(ada), open(ada)
	open(milo).submit("Save changes", url.Values{"body": {"Theirs"}}).is(http.StatusOK)
	changed.submit("Approve and next", url.Values{"body": {"Mine"}}).is(http.StatusConflict).
		says("This draft was changed meanwhile by Milo Brandt", "It says now: Theirs", "Mine")
	open(milo).submit("Approve and next", nil).is(http.StatusOK)

	before := s.Snapshot(t)
	for button, typed := range map[string]string{"Approve and next": "Theirs", "Save changes": "Mine",
		"Reject and next": "Mine"} {
		page := late.submit(button, url.Values{"body": {typed}}).is(http.StatusConflict).
			says("This draft is no longer waiting: it was approved by Milo Brandt on ")
		if typed == "Mine" {
			page.says("What you typed was not saved: Mine")
		}
		if page.button("Approve and next") != nil {
			t.Error("a decided draft is offered to decide")
		}
		same(t, "it goes on", ada.get(page.link("Go on to the next draft")).heading(), "Reply to Bo 1 of 1")
	}
	same(t, "tables", s.Snapshot(t), before)

	// Who presses twice is not told of themselves.
	page := open(ada)
	for range 2 {
		page.submit("Approve and next", nil).is(http.StatusOK).says("The reply to Bo was approved")
	}
}

func TestAQueuedDraftThatWasTypedSignedOutIsThereAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada", "Bo")
	b := s.as(t, ws.Workspace(), access.Admin)
	page := b.get(b.get(at(ws, "drafts?channel=email")).link("Start with the first"))
	s.Exec(t, `delete from sessions`)
	page = page.submit("Approve and next", url.Values{"body": {"Typed for an hour"}, "reason": {"tone"}}).
		is(http.StatusUnauthorized).
		submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}).is(http.StatusOK).
		says("Typed for an hour", "nothing was saved yet", "Reply to Ada 1 of 2")
	page = page.submit("Approve and next", nil).is(http.StatusOK)
	same(t, "the next by email", page.heading(), "Reply to Bo 1 of 1")
	same(t, "drafts", s.words(t, draftsLeft), "Ada approved 2 Typed for an hour \nBo waiting 1 Hi Liv, ")
}

// TestFourPeopleDecideEachDraftOnce has them work one queue at once. Nobody is shown a
// draft to decide that was decided before they asked, and who is too late is told so.
func TestFourPeopleDecideEachDraftOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	const drafts = 60
	names := make([]string, drafts)
	for i := range names {
		names[i] = "Lead " + strconv.Itoa(i)
	}
	s.queue(t, ws, names...)
	var mu sync.Mutex
	decided := map[string]time.Time{}
	tooLate := 0
	var people sync.WaitGroup
	for i := range 4 {
		b := s.signIn(t, access.NewUser{Name: "Person " + strconv.Itoa(i)})
		s.Member(t, ws.Workspace(), b.user, access.Admin)
		people.Go(func() {
			asked := time.Now()
			page := b.get(at(ws, "drafts"))
			if first := page.link("Start with the first"); first != "" {
				page = b.get(first)
			}
			for n := 0; page.button("Approve and next") != nil; n++ {
				draft := page.path
				mu.Lock()
				if at, is := decided[draft]; is && at.Before(asked) {
					t.Errorf("%s is offered %v after it was decided", draft, asked.Sub(at))
				}
				mu.Unlock()
				button := []string{"Approve and next", "Reject and next"}[(n+i)%2]
				asked = time.Now()
				page = page.submit(button, nil)
				mu.Lock()
				switch {
				case page.status == http.StatusConflict && strings.Contains(page.text(), "by Person "):
					tooLate++
				case page.status != http.StatusOK:
					t.Errorf("%s: status %d", draft, page.status)
				default:
					decided[draft] = time.Now()
				}
				mu.Unlock()
				if page.status == http.StatusConflict {
					asked = time.Now()
					next := page.link("Go on to the next draft")
					if next == "" {
						next = at(ws, "drafts")
					}
					if page = b.get(next); page.link("Start with the first") != "" {
						page = b.get(page.link("Start with the first"))
					}
				}
			}
		})
	}
	people.Wait()
	same(t, "drafts that wait", s.Count(t, `select count(*) from drafts where state = 'waiting'`), 0)
	same(t, "decisions", s.Count(t, `select count(*) from audit_events
		where action in ('draft.approved', 'draft.rejected')`), drafts)
	same(t, "drafts that were decided", s.Count(t, `select count(distinct details->>'draft') from audit_events`), drafts)
	same(t, "decisions that were told", len(decided), drafts)
	t.Logf("%d decisions came too late", tooLate)
}

// TestTenDraftsAreTenPresses has somebody who has no mouse approve and reject them.
func TestTenDraftsAreTenPresses(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		names := strings.Split("Ada Bo Cy Di Eve Flo Gus Hal Ida Jo", " ")
		s.queue(t, ws, names...)
		tab, user, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), user, access.Admin)
		tab.Get("/workspaces")
		tab.Press("Harbor")
		tab.Press("Drafts (10)")
		walkTo(t, tab, "link: Start with the first")
		tab.Key("Enter")
		tab.Settle()
		same(t, "the first begins with its heading", tab.Focused(), "heading: Reply to Ada")
		walkTo(t, tab, "button: Approve and next")
		for i, name := range names {
			tab.Says("Reply to "+name, fmt.Sprintf("1 of %d", len(names)-i))
			same(t, "focus", tab.Focused(), "button: Approve and next")
			tab.Key("Enter")
			tab.Settle()
			tab.Says("The reply to " + name + " was approved")
		}
		tab.Says("Nothing waits for you")
		return s.words(t, draftsLeft), tab.Steps
	})
}

// TestEnterThatIsHeldDownDecidesAboutOneDraft has the key pressed for longer than a page takes.
func TestEnterThatIsHeldDownDecidesAboutOneDraft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, strings.Split("Ada Bo Cy Di Eve Flo Gus Hal Ida Jo", " ")...)
	tab, user, _ := s.person(t, true, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Admin)
	tab.Get(at(ws, "drafts"))
	tab.Press("Start with the first")
	walkTo(t, tab, "button: Approve and next")
	tab.HoldEnter(700 * time.Millisecond)
	tab.Says("Reply to Bo")
	same(t, "drafts decided", s.Count(t, `select count(*) from drafts where state <> 'waiting'`), 1)
}

func TestTheSideColumnCountsWhatWaitsAsFarAsItMatters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	says := func(want string) {
		t.Helper()
		page := b.get(at(ws, "personas")).is(http.StatusOK)
		if page.link(want) == "" {
			t.Errorf("no link %q: %s", want, page.text())
		}
	}
	says("Drafts")
	add := func(from, to int) {
		s.Exec(t, `with l as (insert into leads (workspace_id, external_id) select $1, n from generate_series($2::int, $3) n returning id),
			m as (insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select $1, id, 'sms', id, 'Hello?', now() from l returning id)
			insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at)
			select $1, id, 'sms', 'waiting', 1, 'settings', 'x:persona=settings', 'Hi', now() from m`, ws.Workspace(), from, to)
	}
	add(1, 99)
	says("Drafts (99)")
	add(100, 100)
	says("Drafts (99+)")
	s.Exec(t, `update drafts set state = 'rejected', decided_at = now()`)
	says("Drafts")
}

func TestAReasonIsToldToProgramsAndKeptOnlyWhileRejected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	token := s.token(t, ws, "write")
	path := api(ws, "leads", lead, "drafts", draft, "reject")
	s.ask(t, token, "POST", path, `{"version": 1, "reason": "gloomy"}`).
		refused(http.StatusUnprocessableEntity, "invalid")
	same(t, "reason", s.ask(t, token, "POST", path, `{"version": 1, "reason": "unneeded"}`).is(http.StatusOK).
		object()["rejectReason"], any("unneeded"))
	if _, err := s.AskDraft(t.Context(), ws, uuid.MustParse(lead), uuid.NullUUID{}); err != nil {
		t.Fatal(err)
	}
	same(t, "reason of what is made anew", s.words(t, `select state || ' ' || reject_reason from drafts`), "making ")
}

// TestAQueueOfManyDraftsIsThereAtOnce has 10,000 of them wait, and
// looks at the first and the last page, at one amid them, and at what is rare among them.
func TestAQueueOfManyDraftsIsThereAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	rare := s.NewCampaign(t, ws, "Rare")
	for _, sql := range []string{
		`insert into leads (workspace_id, external_id, first_name) select $1, n, 'Lead ' || n from generate_series(1, 1000) n`,
		`insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select l.workspace_id, l.id, 'email', l.external_id || ' ' || n, 'Hello', now() - n * interval '1 minute'
			from leads l, generate_series(1, 10) n where l.workspace_id = $1`,
		`insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at)
			select workspace_id, id, channel, 'waiting', 1, 'settings', 'x:persona=settings', 'Hi', sent_at
			from messages where workspace_id = $1`,
	} {
		s.Exec(t, sql, ws.Workspace())
	}
	s.Exec(t, `update messages set campaign_id = $1 where external_id = '7 5'`, rare)
	s.Exec(t, `analyze`)
	b := s.as(t, ws.Workspace(), access.Member)
	first := b.get(at(ws, "drafts")).is(http.StatusOK)
	amid := b.get(at(ws, "drafts?campaign="+rare.String())).link("Lead 7")
	for _, path := range []string{at(ws, "drafts"), at(ws, "drafts?page=200"), at(ws, "drafts?campaign="+rare.String()),
		strings.Split(amid, "?")[0], amid, at(ws, "personas")} {
		begun := time.Now()
		b.get(path).is(http.StatusOK)
		took := time.Since(begun)
		t.Logf("%v: %s", took, path)
		if took > 3*time.Second {
			t.Errorf("%s took %v", path, took)
		}
	}
	first.says("Drafts (99+)")
	b.get(strings.Split(amid, "?")[0]).says("Reply to Lead 7")
	same(t, "one of its kind", b.get(amid).heading(), "Reply to Lead 7 1 of 1")
}

func TestWhatWaitsInAnOldVoiceSaysSoAndIsDraftedAnewInOnePress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	guide, kim := s.NewPersona(t, ws, "Guide"), s.NewPersona(t, ws, "Kim")
	s.queue(t, ws, "Ada", "Bo", "Cy")
	s.Exec(t, `update drafts set source = 'default', persona_id = $1, persona_version = 1,
		prompt_key = 'composer:v1:email:persona=default'`, guide.ID)
	b := s.as(t, ws.Workspace(), access.Admin)
	page := b.get(at(ws, "drafts")).is(http.StatusOK)
	if page.button("Draft them anew") != nil {
		t.Error("drafts in the voice that answers are called old")
	}
	b.get(page.link("Bo")).submit("Save changes", url.Values{"body": {"Hi Bo"}}).is(http.StatusOK)
	b.get(at(ws, "personas", kim.ID.String(), "impact")).is(http.StatusOK).
		says("3 drafts wait that were written as the default speaks now.")

	page = b.post(at(ws, "personas", kim.ID.String(), "default"), nil).is(http.StatusOK).
		says("“Kim” is now the default", "3 drafts wait in a voice that would not answer now.", "Also the one that somebody changed")
	list := b.get(at(ws, "drafts")).is(http.StatusOK).says("Written as Guide, version 1; now Kim would answer.")
	b.get(list.link("Ada")).is(http.StatusOK).says("Written as Guide, version 1; now Kim would answer.")
	page.submit("Draft them anew", nil).is(http.StatusOK).says("2 drafts are being drafted anew",
		"1 draft waits in a voice that would not answer now.")
	same(t, "drafts", s.words(t, draftsLeft), "Ada making 1 Hi Liv, \nBo waiting 2 Hi Bo \nCy making 1 Hi Liv, ")
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where kind = 'draft'`), 2)
	same(t, "event", s.words(t, `select details->>'drafts' from audit_events where action = 'draft.redrafted'`), "2")
	b.get(at(ws, "activity")).says("Had 2 drafts drafted anew")
	b.get(at(ws, "drafts")).submit("Draft them anew", url.Values{"edited": {"yes"}}).is(http.StatusOK).
		says("1 draft is being drafted anew")
	same(t, "draft ids stay", s.Count(t, `select count(*) from drafts where state = 'making'`), 3)

	// An edit of who spoke counts where it changes a word.
	s.Exec(t, `update drafts set state = 'waiting', persona_id = $1, version = version + 1,
		persona_version = (select version from personas where id = $1)`, kim.ID)
	s.reword(t, ws, kim, func(v *persona.Voice) { v.Goals = "x" })
	b.get(at(ws, "drafts")).says("; now Kim is at version ")
}

func TestDraftsOfTheSettingsSayThatTheseWereChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	save := func(field, words string) *page {
		t.Helper()
		return b.get(at(ws, "settings")).submit("Save settings", url.Values{field: {words}}).is(http.StatusOK)
	}
	s.queue(t, ws, "Ada") // made while there were no settings
	s.Exec(t, `update drafts set made_at = clock_timestamp()`)
	const changed = "Written as the workspace settings, which were changed since."
	old := func(of string, want bool) {
		t.Helper()
		list := b.get(at(ws, "drafts"))
		same(t, of+" is old", strings.Contains(b.get(list.link(of)).is(http.StatusOK).text(), changed), want)
	}
	old("Ada", false)
	save("ai_greeting", "Hello {firstName},").says("1 draft waits in a voice that would not answer now.")
	old("Ada", true)
	s.queue(t, ws, "Bo")
	s.Exec(t, `update drafts d set made_at = clock_timestamp() from messages m join leads l on l.id = m.lead_id
		where m.id = d.message_id and l.first_name = 'Bo'`)
	save("company_name", "Harbor Ltd") // is in no voice
	old("Bo", false)
	save("ai_greeting", "Hi {firstName},")
	old("Bo", true)
	save("ai_greeting", "Hello {firstName},").submit("Draft them anew", nil).is(http.StatusOK).says("1 draft is being drafted anew")
	same(t, "drafts", s.words(t, draftsLeft), "Ada making 1 Hi Liv, \nBo waiting 1 Hi Liv, ")
}

func TestWhatADraftMadeUpIsMarkedWhereItStands(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.queue(t, ws, "Ada", "Bo")
	s.Exec(t, `update drafts d set version = version + 1, body = 'Hi Ada, it costs 1.000 € a year, with 5% off until 31 March 2026.'
		from messages m join leads l on l.id = m.lead_id where m.id = d.message_id and l.first_name = 'Ada'`)
	s.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
		select $1, id, 'email', 'budget', 'Our budget is 1,000, until 2026-03-31.', now() - interval '1 day' from leads
		where first_name = 'Ada'`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)
	list := b.get(at(ws, "drafts")).is(http.StatusOK)
	same(t, "things to check", strings.Count(list.text(), "1 thing to check"), 1)
	page := b.get(list.link("Ada")).is(http.StatusOK).
		says("1 thing to check: in neither the message nor the persona.", "Percentage:")
	b.get(page.link("The lead")).is(http.StatusOK).says("1 thing to check:")
	milo := s.as(t, ws.Workspace(), access.Member)
	milo.get(list.link("Ada")).says("(not in the message or the persona:) 5%")
	// A persona, or the settings, may say it.
	s.Exec(t, `insert into workspace_settings (workspace_id, company_name) values ($1, 'Five, 5 %')`, ws.Workspace())
	if text := b.get(list.link("Ada")).text(); strings.Contains(text, "to check") {
		t.Error("what the settings say is to be checked:", text)
	}
}
