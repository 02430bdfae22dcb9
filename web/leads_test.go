package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
)

func TestAnAdminChangesApprovesAndRejectsDrafts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Admin)
	state := func() string {
		t.Helper()
		var text string
		if err := s.SQL.QueryRow(t.Context(), `select state || ' ' || version || ' ' || body from drafts
			where id = $1`, draft).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	b.get(at(ws, "leads")).is(http.StatusOK).says("Liv", "Draft to review", "No score")
	page := b.get(at(ws, "leads", lead)).is(http.StatusOK).
		says("What does it cost?", "Drafted in the voice of the workspace settings.", "There is no score yet.")
	var what string
	for n := range page.doc().Descendants() {
		if n.Data == "button" && strings.HasPrefix(textOf(n), "Save changes") {
			what = strings.TrimPrefix(textOf(n), "Save changes to ")
		}
	}
	page = page.submit("Save changes to "+what, url.Values{"body": {"Hi Liv,\r\nit depends."}}).is(http.StatusOK).
		says("The draft was saved", "Changed by Ada Morgan", "Version 1, as drafted")
	same(t, "draft", state(), "waiting 2 Hi Liv,\nit depends.")
	stale := page
	page.submit("Save changes to "+what, url.Values{"body": {" "}}).is(http.StatusUnprocessableEntity).
		says("Enter the reply; to send none, reject it")
	same(t, "draft", state(), "waiting 2 Hi Liv,\nit depends.")

	// Approving keeps what was typed as well.
	b.get(at(ws, "leads", lead)).submit("Approve "+what, url.Values{"body": {"Hi Liv, 400 a month."}}).is(http.StatusOK).
		says("The draft was approved", "Approved by Ada Morgan", "Version 2, by Ada Morgan")
	same(t, "draft", state(), "approved 3 Hi Liv, 400 a month.")
	same(t, "versions", s.Count(t, `select count(*) from draft_versions v join audit_events e on e.id = v.event_id
		where v.draft_id = $1 and v.edited_by = e.actor_id`, draft), 2)

	// Who comes later loses no word, and a second click is no failure.
	before := s.Snapshot(t)
	stale.submit("Save changes to "+what, url.Values{"body": {"Quite another price"}}).is(http.StatusConflict).
		says("no longer waiting", "Quite another price")
	stale.submit("Reject "+what, nil).is(http.StatusConflict)
	stale.submit("Approve "+what, url.Values{"body": {"Hi Liv, 400 a month."}}).is(http.StatusOK).
		says("The draft was approved")
	same(t, "tables", s.Snapshot(t), before)
	b.get(at(ws, "activity")).says("Saved a draft", "Approved a draft, changed")
}

func TestTheActivityTellsWhoseDraftAndScoreAndKeepsNoName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	lead, draft := s.drafted(t, ws)
	theirs, _ := s.drafted(t, other)
	s.Exec(t, `update leads set last_name = 'Berg' where id = $1`, lead)
	b := s.as(t, ws.Workspace(), access.Admin)
	b.post(at(ws, "leads", lead, "score"), nil).is(http.StatusOK)
	b.post(at(ws, "leads", lead, "drafts", draft, "reject"), url.Values{"body": {"Hi Liv,"}, "version": {"1"}}).
		is(http.StatusOK)
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action, details)
		values ($1, 99, 'operator', 'draft.approved', jsonb_build_object('lead', $2::text))`, ws.Workspace(), theirs)
	page := b.get(at(ws, "activity")).is(http.StatusOK)
	entries := page.entries()
	for i, want := range []string{"Approved a draft System administrator (command line)", "Rejected a draft for Liv Berg",
		"Asked for a score for Liv Berg"} {
		if !strings.HasPrefix(entries[i], want) {
			t.Errorf("entry %d is not %q: %s", i, want, entries[i])
		}
	}
	same(t, "it leads to the lead", page.link("Liv Berg"), at(ws, "leads", lead))
	file := b.get(at(ws, "activity.csv")).is(http.StatusOK).body
	if strings.Count(file, ","+lead+"\n") != 2 || strings.Contains(file, "Berg") {
		t.Errorf("the file is to hold the lead's id and no name:\n%s", file)
	}
	answer := s.ask(t, s.token(t, ws, "read"), "GET", api(ws, "activity"), "").is(http.StatusOK)
	same(t, "id", answer.data.([]any)[2].(map[string]any)["leadId"], any(lead))
	if strings.Contains(answer.body+s.log.String(), "Berg") || s.Count(t, `select count(*) from audit_events
		where details::text like '%Berg%'`) != 0 {
		t.Error("a name got out")
	}
}

func TestALeadsPageShowsTheLastVersionsOfADraftAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Member)
	for version := 2; version <= 12; version++ {
		s.Exec(t, `update drafts set version = version + 1, body = 'Hello again, ' || version where id = $1`, draft)
		page := b.get(at(ws, "leads", lead)).is(http.StatusOK).says("Version " + strconv.Itoa(version-1) + ", as drafted")
		cut := version == 12
		same(t, "the first version is shown", strings.Contains(page.text(), "Version 1, as drafted"), !cut)
		same(t, "it says that there are more", strings.Contains(page.text(), "Only the last versions are shown."), cut)
	}
}

func TestTwoPeopleChangeADraftAndNoWordIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	path := at(ws, "leads", lead, "drafts", draft)
	s.as(t, ws.Workspace(), access.Admin).post(path, url.Values{"version": {"1"}, "body": {"Theirs"}}).is(http.StatusOK)
	b := s.as(t, ws.Workspace(), access.Owner)
	page := b.post(path+"/approve", url.Values{"version": {"1"}, "body": {"Mine"}}).is(http.StatusConflict).
		says("This draft was changed meanwhile", "It says now: Theirs", "Mine")
	same(t, "not saved", s.Count(t, `select count(*) from drafts where body = 'Theirs' and state = 'waiting'`), 1)
	for n := range page.doc().Descendants() {
		if n.Data == "button" && strings.HasPrefix(textOf(n), "Approve") {
			page.submit(textOf(n), nil).is(http.StatusOK)
			break
		}
	}
	same(t, "approved knowingly", s.Count(t, `select count(*) from drafts where body = 'Mine' and state = 'approved'
		and version = 3`), 1)
}

func TestRejectingADraftWhoseReplyWasEmptiedKeepsItsWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "leads", lead, "drafts", draft)
	read := `select state || ' ' || version || ' ' || body from drafts`
	before := s.words(t, read)
	b.post(path+"/approve", url.Values{"version": {"1"}, "body": {""}}).is(http.StatusUnprocessableEntity).
		says("Enter the reply; to send none, reject it")
	// The others find it done.
	for _, typed := range []url.Values{{"version": {"1"}, "body": {""}}, {"version": {"1"}},
		{"version": {"1"}, "body": {" \r\n"}}} {
		b.post(path+"/reject", typed).is(http.StatusOK).says("The draft was rejected")
	}
	same(t, "draft", s.words(t, read), strings.Replace(before, "waiting", "rejected", 1))
	same(t, "events", s.words(t, `select action || coalesce(details->>'fields', '') from audit_events
		where action like 'draft.%'`), "draft.rejected")
}

func TestARejectedDraftIsAskedForAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Admin)
	b.post(at(ws, "leads", lead, "draft"), nil).is(http.StatusOK).says("Nothing was asked for", "is there already")
	b.post(at(ws, "leads", lead, "drafts", draft, "reject"), url.Values{"version": {"1"}, "body": {"Hi Liv,"}}).
		is(http.StatusOK).
		submit("Draft another reply", nil).is(http.StatusOK).says("A reply is being drafted")
	b.post(at(ws, "leads", lead, "draft"), nil).is(http.StatusOK) // pressed twice
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where args->>'draft' = $1`, draft), 1)
	b.get(at(ws, "leads", lead)).submit("Score", nil).is(http.StatusOK).says("A score is on its way")
	b.post(at(ws, "leads", lead, "score"), nil).is(http.StatusOK)
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where args->>'lead' = $1`, lead), 1)

	id := uuid.MustParse(draft)
	job := postgres.DraftJob{Workspace: ws.Workspace(), Draft: id}
	if err := s.FailDraft(t.Context(), job, "The model service is busy."); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "leads")).says("What could not be made", "The model service is busy.").
		submit("Try again to draft a reply for Liv", nil).is(http.StatusOK)
	same(t, "making", s.Count(t, `select count(*) from drafts where state = 'making' and version = 1`), 1)
}

// TestAMessageThatWasAnsweredElsewhereSaysWhyThereIsNoDraft does what it then says.
func TestAMessageThatWasAnsweredElsewhereSaysWhyThereIsNoDraft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead := uuid.New()
	s.Exec(t, `insert into leads (id, workspace_id, external_id, first_name) values ($1, $2, 'liv', 'Liv')`, lead,
		ws.Workspace())
	s.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at, answered_elsewhere)
		select $1, $2, 'email', n, 'What does it cost?', now() - n * interval '1 hour', true
		from generate_series(1, 2) n`, ws.Workspace(), lead)
	if added, err := s.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{}) {
		t.Fatalf("the schedule adds %+v, %v", added, err)
	}
	const why = "This was answered in the system that it came over from"
	path := at(ws, "leads", lead.String())
	told := func(p *page) (short, long int) {
		return strings.Count(p.text(), why+"."), strings.Count(p.text(), why+", so no reply is drafted automatically.")
	}
	member := s.as(t, ws.Workspace(), access.Member).get(path).is(http.StatusOK)
	if short, long := told(member); short != 1 || long != 1 || strings.Contains(member.text(), "Draft a reply") {
		t.Errorf("a member reads %s", member.text())
	}
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "leads")).is(http.StatusOK).says("Answered elsewhere")
	page := b.get(path).is(http.StatusOK).says("To get one anyway, press “Draft a reply”.")
	page = page.submit("Draft a reply", nil).is(http.StatusOK).says("A reply is being drafted")
	if short, long := told(page); short != 2 || long != 0 {
		t.Errorf("it still says that no reply is drafted: %s", page.text())
	}
	var job postgres.DraftJob
	if err := s.SQL.QueryRow(t.Context(), `select d.workspace_id, d.id from drafts d
		join messages m on m.id = d.message_id where m.external_id = '1'`).Scan(&job.Workspace, &job.Draft); err != nil {
		t.Fatal(err)
	}
	task, err := s.DraftTask(t.Context(), job)
	if err != nil || !task.Wanted {
		t.Fatalf("it is not drafted: %v", err)
	}
	answer := persona.Resolve(task.Input)
	draft := drafting.Compose(answer, task.Lead, task.Body)
	if stored, _, err := s.StoreDraft(t.Context(), job, task.Version,
		postgres.MadeDraft{By: answer, PromptKey: draft.PromptKey, Text: draft.Text}); err != nil || !stored {
		t.Fatal(stored, err)
	}
	b.get(path).is(http.StatusOK).says("Draft to review", "You asked: “What does it cost?”", why+".")
}

func TestLeadsOfOthersAreNotToBeFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ours, theirs := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	lead, draft := s.drafted(t, theirs)
	mine, _ := s.drafted(t, ours)
	b := s.as(t, ours.Workspace(), access.Owner)
	before := s.Snapshot(t)
	b.get(at(ours, "leads", lead)).is(http.StatusNotFound)
	for _, path := range []string{at(ours, "leads", lead, "draft"), at(ours, "leads", lead, "score"),
		at(ours, "leads", mine, "drafts", draft), at(ours, "leads", lead, "drafts", draft, "approve")} {
		b.post(path, url.Values{"version": {"1"}, "body": {"Taken"}}).is(http.StatusNotFound)
	}
	b.post(at(ours, "leads", mine, "draft"), url.Values{"draft": {draft}}).is(http.StatusNotFound)
	for _, path := range []string{at(ours, "leads"), at(ours, "leads?q=liv"), at(ours, "leads?page=2"),
		at(ours, "leads", mine)} {
		b.get(path).is(http.StatusOK)
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestADraftThatWasTypedSignedOutIsThereAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Admin)
	var email string
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, b.user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `delete from sessions`)
	before := s.Snapshot(t, "sessions", "sign_in_failures", "account_events")
	page := b.post(at(ws, "leads", lead, "drafts", draft, "approve"),
		url.Values{"version": {"1"}, "body": {"Typed for an hour"}}).is(http.StatusUnauthorized)
	page.submit("Sign in", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK).
		says("Typed for an hour", "nothing was saved yet")
	same(t, "tables", s.Snapshot(t, "sessions", "sign_in_failures", "account_events"), before)
}

func TestAScoreBySettingsThatChangedIsOfferedAnewAndNeverMadeSilently(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	usual, other := s.NewPersona(t, ws, "Default"), s.NewPersona(t, ws, "Other")
	leadID, _ := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Admin)
	job := postgres.ScoreJob{Workspace: ws.Workspace(), Lead: uuid.MustParse(leadID)}
	score := func() {
		t.Helper()
		if err := s.AskScore(t.Context(), ws, job.Lead); err != nil {
			t.Fatal(err)
		}
		task, err := s.ScoreTask(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := s.StoreScore(t.Context(), job,
			lead.Score{Fit: 2, Intent: 2, Overall: 2, Reason: "x", By: "rules:v1",
				SettingsVersion: task.Settings.Version}); err != nil || !done {
			t.Fatal(done, err)
		}
		s.Exec(t, `delete from river.river_job`)
	}
	edit := func(p persona.Persona, set func(*persona.Voice)) {
		t.Helper()
		s.reword(t, ws, p, set)
	}
	const outdated = "The settings have changed since, so the score may be different now."
	is := func(what string, want bool) *page {
		t.Helper()
		page := b.get(at(ws, "leads", leadID)).is(http.StatusOK)
		same(t, "outdated after "+what, strings.Contains(page.text(), outdated), want)
		if added, err := s.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{}) {
			t.Errorf("after %s the schedule adds %+v, %v", what, added, err)
		}
		return page
	}
	score()
	is("scoring", false)
	edit(usual, func(v *persona.Voice) { v.Greeting = "Good day" })
	is("another greeting", false)
	edit(other, func(v *persona.Voice) { v.IdealCustomerProfile = "Ports" })
	is("another profile of a persona that is not the default", false)
	edit(usual, func(v *persona.Voice) { v.IdealCustomerProfile = "Terminals" })
	is("another profile of the default", true)
	score()
	is("scoring again", false)
	if _, err := s.SetDefault(t.Context(), ws, other.ID); err != nil {
		t.Fatal(err)
	}
	page := is("a switch to a persona with another profile", true)
	scores := s.Count(t, `select count(*) from scores`)
	same(t, "scores", scores, 2)
	page.submit("Score again", nil).is(http.StatusOK).says("A score is on its way")
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where kind = 'score'`), 1)
}

// reword changes a persona's words, past the pages.
func (s *site) reword(t *testing.T, ws postgres.Access, p persona.Persona, set func(*persona.Voice)) {
	t.Helper()
	now, err := s.Persona(t.Context(), ws, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	set(&now.Voice)
	if _, err := s.Edit(t.Context(), ws, now.ID, now.Version, now.Content, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
}
