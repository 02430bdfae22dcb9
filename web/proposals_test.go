package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// TestAMemberProposesAndAnAdminDecides goes all the way on pages: an edit, a switch and an
// assignment, what is typed wrongly, an answer, and a proposal that is withdrawn.
func TestAMemberProposesAndAnAdminDecides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, coach := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Coach")
	campaign := s.NewCampaign(t, ws, "Spring")
	admin, member := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	const propose = "Propose this change"

	form := member.get(member.get(at(ws, "personas", first.ID.String())).link("Propose a change of First")).is(http.StatusOK)
	form.submit(propose, nil).is(http.StatusUnprocessableEntity).says("Nothing differs from what is saved")
	long := strings.Repeat("x", persona.NoteLimit+1)
	form.submit(propose, url.Values{"greeting": {"Ahoy {firstName}"}, "note": {long}}).is(http.StatusUnprocessableEntity).
		says("Note must be 500 characters or fewer", "Ahoy {firstName}", long)
	form.submit("Check the sample", url.Values{"greeting": {"Ahoy {firstName}"}}).is(http.StatusOK).says("Ahoy", propose)
	typed := url.Values{"greeting": {"Ahoy {firstName}"}, "note": {"Sounds nicer"}}
	for range 2 { // a double click
		form.submit(propose, typed).is(http.StatusOK).says("It is proposed: change “First”: greeting", "Nothing has changed yet",
			"Sounds nicer", "Waiting")
	}
	same(t, "proposed once", s.Count(t, `select count(*) from proposals`), 1)
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	if p := member.get(at(ws, "proposals")); strings.Contains(member.get(p.link("Change “First”: greeting")).text(), "Approve") {
		t.Error("a member is offered to approve")
	}
	waiting := admin.get(admin.get(at(ws, "personas")).link("1 proposal is waiting for a decision")).is(http.StatusOK)
	page := admin.get(waiting.link("Change “First”: greeting")).is(http.StatusOK).
		says("Sounds nicer", "removed: Hello", "added: Ahoy", "copied to the workspace settings")
	page.submit("Approve", url.Values{"answer": {long}}).is(http.StatusUnprocessableEntity).says("Your answer must be 500 characters or fewer", long)
	refused := member.post(page.path+"/approve", url.Values{"answer": {"Mine"}, "shown": {"1 2"}}).is(http.StatusForbidden).says("Your answer", "Mine")
	if strings.Contains(refused.text(), "Shown") {
		t.Error("what nobody typed is shown as typed")
	}
	page.submit("Approve", url.Values{"answer": {"Thanks"}}).is(http.StatusOK).says("“First” was saved", "You approved what")
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Ahoy {firstName}")
	page.submit("Decline", url.Values{"answer": {"Too late"}}).is(http.StatusConflict).
		says("approved this proposal meanwhile", "Thanks", "Too late")

	form = member.get(member.get(at(ws, "personas")).link("Propose Coach as the default")).is(http.StatusOK).
		says("It would take over from First", "1 campaign would be answered by Coach")
	for range 2 {
		form.submit(propose, nil).is(http.StatusOK).says("It is proposed: make “Coach” the default")
	}
	admin.get(at(ws, "campaigns", campaign.String())).says("Answered by First")
	switched := admin.get(admin.get(at(ws, "proposals")).link("Make “Coach” the default")).is(http.StatusOK)
	s.NewCampaign(t, ws, "Autumn")
	switched.submit("Approve", url.Values{"answer": {"Yes"}}).is(http.StatusConflict).says("Look at the effect as it is now", "Yes").
		submit("Approve", nil).is(http.StatusOK).says("Coach", "is now the default", "Undo")
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Hello from Coach")
	admin.get(at(ws, "activity?action=default")).says("Made “Coach” the default instead of “First”, as Ada Morgan proposed")

	place := member.get(at(ws, "campaigns", campaign.String())).is(http.StatusOK)
	place.submit(propose, url.Values{"persona": {""}, "note": {"Hm"}}).is(http.StatusUnprocessableEntity).
		says("The campaign is answered like that already", "Hm")
	made := place.submit(propose, url.Values{"persona": {first.ID.String()}}).is(http.StatusOK).
		says("give the campaign “Spring” the persona “First”")
	made.follow("Open Spring").is(http.StatusOK)
	made.submit("Withdraw your proposal", nil).is(http.StatusOK).says("You withdrew your proposal", "No proposal waits")
	member.get(at(ws, "proposals?state=withdrawn")).says("Give the campaign “Spring” the persona “First”")
	place.submit(propose, url.Values{"persona": {coach.ID.String()}}).is(http.StatusOK)
	page = admin.get(admin.get(at(ws, "proposals")).link("Give the campaign “Spring” the persona “Coach”")).is(http.StatusOK)
	page.submit("Decline", url.Values{"answer": {"Not now"}}).is(http.StatusOK).says("You declined the proposal")
	member.get(at(ws, "proposals?state=declined")).says("Give the campaign “Spring” the persona “Coach”")
	s.Healthy(t)
}

func TestAProposalOfAnOutdatedVersionKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	first := s.NewPersona(t, ws, "First")
	member, stranger := s.as(t, ws.Workspace(), access.Member), s.as(t, other.Workspace(), access.Admin)
	form := member.get(at(ws, "personas", first.ID.String(), "propose")).is(http.StatusOK)
	s.reword(t, ws, first, func(v *persona.Voice) { v.Greeting = "Hey" })
	again := form.submit("Propose this change", url.Values{"greeting": {"Ahoy"}, "note": {"Please"}}).is(http.StatusConflict).
		says("Greeting: theirs or yours?", "Hey", "Ahoy", "Please")
	again.submit("Propose this change", url.Values{"choose_greeting": {"yours"}}).is(http.StatusOK).says("It is proposed")
	id := s.words(t, `select id::text from proposals`)
	member.get(at(ws, "proposals", id)).is(http.StatusOK).says("removed: Hey", "added: Ahoy")
	for _, path := range []string{at(ws, "proposals"), at(ws, "proposals", id)} {
		stranger.get(path).is(http.StatusNotFound)
	}
	stranger.get(at(other, "proposals", id)).is(http.StatusNotFound)
	stranger.post(at(other, "proposals", id, "approve"), nil).is(http.StatusNotFound)

	s.reword(t, ws, first, func(v *persona.Voice) { v.Goals = "More" })
	admin := s.as(t, ws.Workspace(), access.Admin)
	page := admin.get(at(ws, "proposals", id)).says("It cannot be approved any more", "was changed since")
	admin.post(at(ws, "proposals", id, "approve"), url.Values{"answer": {"Fine"}}).is(http.StatusConflict).
		says("Overtaken", "nothing was changed", "Fine")
	page.submit("Decline", nil).is(http.StatusConflict).says("This proposal was overtaken")
}

func TestProgramsProposeAndDecide(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, coach := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Coach")
	s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `update campaigns set external_id = 'HA-7'`)
	proposes, writes := s.token(t, ws, "propose"), s.token(t, ws, "write")
	propose := func(body string, status int) *told {
		t.Helper()
		return s.ask(t, proposes, "POST", api(ws, "proposals"), body).is(status)
	}
	edit := fmt.Sprintf(`{"kind": "edit", "personaId": %q, "version": 1, "greeting": "Ahoy", "note": "Nicer"}`, first.ID)
	made := propose(edit, http.StatusCreated).object()
	same(t, "made", []any{made["state"], made["note"], made["proposedBy"], made["capacity"], made["changes"]},
		[]any{"waiting", "Nicer", "Olga Owner", "token",
			[]any{map[string]any{"field": "greeting", "before": "Hello from First", "after": "Ahoy"}}})
	path := api(ws, "proposals", made["id"].(string))
	s.ask(t, proposes, "POST", path+"/approve", "").is(http.StatusForbidden)
	s.ask(t, s.token(t, ws, "read"), "POST", api(ws, "proposals"), edit).is(http.StatusForbidden)
	done := s.ask(t, writes, "POST", path+"/approve", `{"answer": "Fine"}`).is(http.StatusOK).object()
	same(t, "approved", []any{done["state"], done["answer"]}, []any{"approved", "Fine"})
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Ahoy")
	same(t, "event", s.Count(t, `select count(*) from audit_events where id = $1 and action = 'persona.edited'`, done["event"]), 1)
	same(t, "once", s.ask(t, writes, "POST", path+"/approve", "").is(http.StatusConflict).Code, "too_late")

	warned := propose(fmt.Sprintf(`{"kind": "edit", "personaId": %q, "version": 2, "greeting": "Hi {{firstName}}"}`, first.ID), http.StatusCreated).object()
	same(t, "warnings", fmt.Sprint(warned["warnings"]),
		"[map[field:greeting message:Greeting holds {{firstName}}, which is sent as it stands. Write {firstName} instead.]]")
	for key, more := range map[string]string{"greeting": `"greeting": "Hi"`, "name": `"name": "New"`, "campaignId": `"campaignId": "HA-7"`,
		"variants": `"variants": {"de": {"greeting": "Hallo"}}`, "version": `"version": 1`} {
		refused := propose(fmt.Sprintf(`{"kind": "switch", "personaId": %q, %s}`, coach.ID, more), http.StatusUnprocessableEntity)
		if !strings.Contains(refused.body, `"`+key+`":`) {
			t.Errorf("%s of a switch: %s", key, refused.body)
		}
	}
	propose(edit, http.StatusConflict)
	propose(fmt.Sprintf(`{"kind": "switch", "personaId": %q}`, uuid.New()), http.StatusNotFound)
	propose(`{"kind": "robot"}`, http.StatusUnprocessableEntity)
	propose(`{"kind": "assignment", "campaignId": "HA-7"}`, http.StatusUnprocessableEntity)
	assigned := propose(fmt.Sprintf(`{"kind": "assignment", "campaignId": "HA-7", "personaId": %q}`, coach.ID), http.StatusCreated).object()
	switched := propose(fmt.Sprintf(`{"kind": "switch", "personaId": %q}`, coach.ID), http.StatusCreated).object()
	list := s.ask(t, proposes, "GET", api(ws, "proposals")+"?limit=1", "").is(http.StatusOK)
	if !strings.Contains(list.header.Get("Link"), "page=2") || !strings.Contains(list.body, switched["id"].(string)) {
		t.Errorf("list: %s, Link: %s", list.body, list.header.Get("Link"))
	}
	withdraw := func(id any) string { return api(ws, "proposals", id.(string), "withdraw") }
	other := s.token(t, s.Access(t, s.as(t, ws.Workspace(), access.Admin).user, ws.Workspace()), "write")
	s.ask(t, other, "POST", withdraw(assigned["id"]), "").is(http.StatusForbidden)
	s.ask(t, proposes, "POST", withdraw(assigned["id"]), "").is(http.StatusOK)
	s.ask(t, writes, "POST", api(ws, "personas", coach.ID.String(), "default"), "").is(http.StatusOK)
	over := s.ask(t, writes, "POST", api(ws, "proposals", switched["id"].(string), "approve"), "").is(http.StatusConflict)
	if !strings.Contains(over.body, "The default has moved since") {
		t.Errorf("overtaken: %s", over.body)
	}
}
