package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/browser"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/llmtest"
)

// tryable makes a workspace with a default, another persona and messages, and returns both.
// Liv's are answered by the default, but for the one in a campaign with a persona of its
// own and those that want no answer.
func (s *site) tryable(t *testing.T) (ws postgres.Access, first, second persona.Persona) {
	t.Helper()
	ws = s.Workspace(t, "Harbor")
	first, second = s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	own := s.NewCampaign(t, ws, "Autumn")
	s.Exec(t, `update campaigns set persona_id = $2, external_id = 'own' where id = $1`, own, second.ID)
	inbox := s.Inbox(t, ws)
	for i, change := range []struct{ body, campaign, lead string }{
		{body: "Geheim, what does it cost?"},
		{body: "Does it float?", campaign: "spring"},
		{body: "Of another voice?", campaign: "own"},
		{body: "Automatic reply: I am away"},
		{body: "Is this gone?", lead: "gone"},
	} {
		message := dbtest.Inbound(fmt.Sprint("m", i))
		message.Body, message.Campaign, message.SentAt = change.body, change.campaign, message.SentAt.Add(time.Duration(i)*time.Second)
		if change.lead != "" {
			message.Lead.ExternalID, message.Lead.FirstName = change.lead, "Gone"
		}
		if _, err := s.Receive(t.Context(), inbox, message); err != nil {
			t.Fatal(err)
		}
	}
	s.Exec(t, `update leads set unsubscribed = true where external_id = 'gone'`)
	return ws, first, second
}

func TestATrialShowsBothAnswersToWhatASwitchWouldChangeAndStoresNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, first, second := s.tryable(t)
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	page := b.get(at(ws, "personas/"+second.ID.String()+"/impact")).follow("Try it on the last messages").is(http.StatusOK)
	page.says("Try Second on the last messages", "Only 2 messages", "Now: First", "Then: Second", "1. Liv Strand",
		"You asked: “Does it float?”", "2. Liv Strand", "what does it cost?",
		"Keeping it stores the numbers, both versions and your name")
	if !strings.Contains(page.text(), "removed: First (end of removed)") {
		t.Errorf("what differs is not marked: %s", page.text())
	}
	for _, never := range []string{"Of another voice", "Automatic reply", "Is this gone"} {
		if strings.Contains(page.text(), never) {
			t.Errorf("a switch would not change the answer to %q, or there is none", never)
		}
	}
	page.submit("Try it", url.Values{"channel": {"sms"}}).is(http.StatusOK).says("No message that came in lately would be answered otherwise.")
	page.submit("Try it", url.Values{"campaign": {uuid.NewString()}}).is(http.StatusOK).says("No message that came in")
	b.get(at(ws, "personas/"+first.ID.String()+"/trial")).is(http.StatusOK).says("is the default already")
	same(t, "tables", s.Snapshot(t), before)

	s.Exec(t, `insert into messages (workspace_id, lead_id, external_id, channel, body, sent_at)
		select l.workspace_id, l.id, 'x' || n, 'email', repeat('Could it be ' || n || ' of them? ', 200), now()
		from leads l, generate_series(1, 60) n where l.external_id = 'liv'`)
	page.submit("Try it", url.Values{"size": {"50"}}).is(http.StatusOK).says("50 messages, the newest first.", "50. Liv Strand")
	s.Exec(t, `insert into campaigns (workspace_id, name, external_id) select $1, 'C' || to_char(n, 'FM0000'), 'C' || n
		from generate_series(1, 500) n`, ws.Workspace())
	b.get(page.path).says("C0500", "Here are the first 500 by name.")
}

func TestWhatSomebodyThoughtOfATrialStandsWithTheSwitch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, first, second := s.tryable(t)
	b := s.as(t, ws.Workspace(), access.Admin)
	trial := b.get(at(ws, "personas/"+second.ID.String()+"/trial")).is(http.StatusOK)
	verdicts := url.Values{"judged_0": {"better"}, "judged_1": {"worse"}}
	kept := trial.submit("Keep this as evidence", verdicts).is(http.StatusOK)
	kept.says("The trial is kept",
		"“Second” (version 1) was tried beside “First” (version 1) on 2 messages: 1 better, 0 the same, 1 worse.",
		"Judged by Ada Morgan on")
	trial.submit("Keep this as evidence", verdicts).is(http.StatusOK).
		says("If “Second” is made the default while both stay as they are, this stands with the switch in the activity, unless another trial of it is kept before.")
	same(t, "kept", s.Count(t, `select count(*) from audit_events where action = 'persona.tried'`), 1)

	kept.submit("Make the default: Second", nil).is(http.StatusOK).
		says("is now the default", "It was tried before on 2 messages: 1 better, 0 the same, 1 worse.")
	entries := b.get(at(ws, "activity")).entries()
	for i, want := range []string{"Made “Second” the default instead of “First”, tried before on 2 messages",
		"Tried “Second” on 2 messages: 1 better, 0 the same, 1 worse"} {
		if !strings.Contains(entries[i], want) || !strings.Contains(entries[i], "“Second” (version 1) was tried beside “First” (version 1)") {
			t.Errorf("entry %d: %s", i, entries[i])
		}
	}
	if n := s.Count(t, `select count(*) from audit_events e where e::text ~* 'geheim|float|strand'`); n != 0 {
		t.Error("the evidence holds words of a lead")
	}

	// Both have moved on since: the trial says of which versions it was, and stands behind no
	// switch of others.
	b.get(at(ws, "personas/"+first.ID.String()+"/trial")).submit("Keep this as evidence", url.Values{"judged_0": {"same"}, "judged_1": {"skipped"}}).
		says("on 2 messages: 0 better, 1 the same, 0 worse, 1 not judged")
	if _, err := s.Edit(t.Context(), ws, first.ID, 2, persona.Content{Name: "First", Voice: persona.Voice{Goals: "More"}}, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "personas/"+first.ID.String()+"/impact")).
		says("“First” (version 2) was tried beside “Second” (version 2)", "One of the two was changed since").
		submit("Make the default: First", nil).is(http.StatusOK)
	same(t, "switches that a trial stands behind", s.Count(t, `select count(*) from audit_events where action = 'persona.default_set' and details ? 'tried'`), 1)
	s.Healthy(t)
}

func TestNobodyKeepsAnotherTrialThanCouldBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, first, second := s.tryable(t)
	other := s.Workspace(t, "Other")
	theirs := s.NewPersona(t, other, "Theirs")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas/"+second.ID.String()+"/trial/evidence")
	before := s.Snapshot(t)
	form := func(present uuid.UUID, was, now string, judged ...string) url.Values {
		f := url.Values{"present": {present.String()}, "present_version": {was}, "version": {now}}
		for i, v := range judged {
			f.Set(fmt.Sprint("judged_", i), v)
		}
		return f
	}
	for what, c := range map[string]struct {
		form   url.Values
		status int
	}{
		"no verdict":          {form(first.ID, "1", "1"), http.StatusUnprocessableEntity},
		"none that is one":    {form(first.ID, "1", "1", "best"), http.StatusUnprocessableEntity},
		"a version to come":   {form(first.ID, "1", "7", "better"), http.StatusNotFound},
		"no version":          {form(first.ID, "", "1", "better"), http.StatusUnprocessableEntity},
		"another workspace’s": {form(theirs.ID, "1", "1", "better"), http.StatusNotFound},
	} {
		if got := b.post(path, c.form); got.status != c.status {
			t.Errorf("%s: status %d, not %d", what, got.status, c.status)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
	b.post(path, form(first.ID, "1", "1", slices.Repeat([]string{"better"}, 60)...)).says("on 50 messages: 50 better")
}

func TestAMemberProposesASwitchWithWhatTheyThoughtOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, _, second := s.tryable(t)
	b, admin := s.as(t, ws.Workspace(), access.Member), s.as(t, ws.Workspace(), access.Admin)
	const counted = "was tried beside “First” (version 1) on 2 messages: 1 better, 0 the same, 1 worse"
	made := b.get(at(ws, "personas", second.ID.String(), "trial")).
		submit("Keep this as evidence", url.Values{"judged_0": {"better"}, "judged_1": {"worse"}}).is(http.StatusOK).says("The trial is kept", counted).
		follow("Propose this change").submit("Propose this change", url.Values{"note": {"Softer"}}).is(http.StatusOK).says("Softer", counted)
	admin.get(made.path).says(counted, "Judged by").submit("Approve", nil).is(http.StatusOK).
		says("is now the default", "It was tried before on 2 messages: 1 better, 0 the same, 1 worse.")
	s.Healthy(t)
}

func TestAMemberProposesAnEditWithWhatTheyThoughtOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, first, _ := s.tryable(t)
	b, admin := s.as(t, ws.Workspace(), access.Member), s.as(t, ws.Workspace(), access.Admin)
	tried := b.get(at(ws, "personas", first.ID.String(), "propose")).
		submit("Try it on the last messages", url.Values{"greeting": {"Ahoy"}, "note": {"Shorter"}}).is(http.StatusOK).
		says("Nothing changes until an admin approves it. The proposal keeps the numbers, and no message and no answer.")
	const counted = "was tried beside version 1 on 2 messages: 1 better, 0 the same, 1 worse"
	made := tried.submit("Propose this change", url.Values{"judged_0": {"better"}, "judged_1": {"worse"}}).is(http.StatusOK).
		says("Shorter", counted, "Judged by")
	admin.get(made.path).says(counted).submit("Approve", nil).is(http.StatusOK).
		says("“First” was saved", "It was tried before on 2 messages: 1 better, 0 the same, 1 worse.")
	s.Healthy(t)
}

func TestAnEditIsTriedBesideWhatIsSavedAndTheVerdictsStandWithIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, first, _ := s.tryable(t)
	b := s.as(t, ws.Workspace(), access.Admin)
	form := b.get(at(ws, "personas/"+first.ID.String()))
	before := s.Snapshot(t)
	typed := url.Values{"greeting": {"Ahoy {firstName},\nhow are you?"}}
	page := form.submit("Try it on the last messages", typed).is(http.StatusOK).
		says("Try your changes of First on the last messages", "With your changes", "Ahoy", "Nothing is saved or sent.")
	page = page.submit("Try it", url.Values{"size": {"25"}}).says("Ahoy")
	page.submit("Back to the form", nil).says("Ahoy {firstName}, how are you?")
	form.submit("Try it on the last messages", url.Values{"name": {""}}).is(http.StatusUnprocessableEntity).says("There is a problem")
	same(t, "tables", s.Snapshot(t), before)
	page.submit("Save changes", url.Values{"judged_0": {"better"}, "judged_1": {"better"}}).is(http.StatusOK).
		says("“First” was saved", "It was tried before on 2 messages: 2 better, 0 the same, 0 worse.")
	saved, err := s.Persona(t.Context(), ws, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "greeting", saved.Greeting, "Ahoy {firstName},\nhow are you?")
	entry := b.get(at(ws, "activity")).entries()[0]
	for _, want := range []string{"Edited “First”: greeting, tried before on 2 messages", "“First”, version 2, was tried beside version 1 on 2 messages"} {
		if !strings.Contains(entry, want) {
			t.Errorf("%q is not in %s", want, entry)
		}
	}
	unchanged := b.get(at(ws, "personas/"+first.ID.String())).submit("Try it on the last messages", nil).
		submit("Save changes", url.Values{"judged_0": {"better"}, "judged_1": {"better"}}).is(http.StatusOK).says("“First” was saved")
	if strings.Contains(unchanged.text(), "It was tried before") {
		t.Error("words that did not change were tried before, it says")
	}
	s.Healthy(t)
}

// TestAModelThatFailsForHalfLeavesTheOtherHalf looks at the page and the stream.
func TestAModelThatFailsForHalfLeavesTheOtherHalf(t *testing.T) {
	t.Parallel()
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		if strings.Contains(fmt.Sprint(a.Data(t)["message"]), "float") {
			llmtest.Refusal()(w, r, a)
			return
		}
		llmtest.Answer("It depends.")(w, r, a)
	})
	s := newSite(t, asks(model.LLM()))
	ws, _, second := s.tryable(t)
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas/"+second.ID.String()+"/trial")
	before := s.Snapshot(t)
	page := b.get(path).is(http.StatusOK).says("The model writes two answers to each message")
	same(t, "asked before anybody pressed the button", len(model.Asked()), 0)
	page = page.submit("Try it", nil).is(http.StatusOK).says("The model has answered 1 of 2 messages in both voices. It could not answer 1",
		"No answer of the model could be used", "It depends.")
	_, judge := page.pressed("Keep this as evidence")
	same(t, "verdicts asked for", len(verdictFields(formFields(judge))), 1)
	parts, _, done := b.streamed(path, url.Values{"size": {"10"}})
	same(t, "told that it is all", done, true)
	for i, want := range []string{"answered 1 of 2 messages in both voices. It could not answer 1", "So there is nothing to compare",
		"It depends."} {
		if !strings.Contains(parts[i], want) {
			t.Errorf("part %d lacks %q: %s", i, want, parts[i])
		}
	}
	same(t, "tables", s.Snapshot(t), before)
	page.submit("Keep this as evidence", url.Values{"judged_1": {"better"}}).says("on 1 message: 1 better, 0 the same, 0 worse.")
	if strings.Contains(s.log.String(), "Geheim") || strings.Contains(s.log.String(), "depends") {
		t.Error("the log holds words")
	}
}

func TestWhatIsWrittenStaysWhenATrialIsStopped(t *testing.T) {
	t.Parallel()
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		if strings.Contains(fmt.Sprint(a.Data(t)["message"]), "float") {
			llmtest.Stalls("It")(w, r, a)
			return
		}
		llmtest.Answer("It depends.")(w, r, a)
	})
	s := newSite(t, asks(model.LLM()))
	ws, _, second := s.tryable(t)
	tab, user, _ := s.person(t, true, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Admin)
	tab.Get(at(ws, "personas/"+second.ID.String()+"/trial"))
	browser.Evaluate[bool](tab, `document.querySelector("form[data-streams] button").click(), true`)
	until(tab, `document.querySelectorAll("#drafts fieldset").length === 1`)
	same(t, "focus", tab.Focused(), "heading: What both would answer")
	tab.Says("The model has answered 1 of 2 messages in both voices.")
	tab.Press("Stop")
	tab.Says("Stopped. What is written by now stays.")
	same(t, "focus", tab.Focused(), "button: Try it")
	same(t, "messages that are left", browser.Evaluate[int](tab, `document.querySelectorAll("#drafts section[aria-busy]").length`), 1)
	browser.Evaluate[bool](tab, `document.getElementById("judged_1-better").click(), true`)
	tab.Press("Keep this as evidence")
	tab.Says("on 1 message: 1 better, 0 the same, 0 worse.")
	if said := tab.Reported(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

func verdictFields(form url.Values) (names []string) {
	for name := range form {
		if strings.HasPrefix(name, "judged_") {
			names = append(names, name)
		}
	}
	return names
}
