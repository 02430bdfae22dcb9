package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
)

func TestOutdatedSettingsAreRefusedWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Northwind"}}).is(http.StatusOK).
		says("Settings saved")
	mine := b.get(at(ws, "settings"))
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Theirs"}}).is(http.StatusOK)
	conflict := mine.submit("Save settings", url.Values{"company_name": {"Mine"}}).is(http.StatusConflict).
		says("Northwind", "Theirs")
	same(t, "typed", formFields(conflict.button("Save settings")).Get("company_name"), "Mine")
	same(t, "stored", s.Count(t, `select count(*) from workspace_settings where company_name = 'Theirs'`), 1)
	conflict.says("Ada Morgan changed this while you were editing")
	unchosen := conflict.submit("Save settings", nil).is(http.StatusUnprocessableEntity).
		says("Choose theirs or yours for Company name", "Ada Morgan changed this while you were editing")
	same(t, "kept", formFields(unchosen.button("Save settings")).Get("company_name"), "Mine")
	unchosen.submit("Save settings", url.Values{"choose_company_name": {"yours"}}).is(http.StatusOK)
	same(t, "stored", s.Count(t, `select count(*) from workspace_settings where company_name = 'Mine'`), 1)

	mine = b.get(at(ws, "settings"))
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Theirs"}, "ai_goals": {"Theirs"}}).
		is(http.StatusOK)
	conflict = mine.submit("Save settings", url.Values{"company_name": {"Still mine"}, "ai_goals": {"Mine"}}).
		is(http.StatusConflict).says("Company name: theirs or yours?", "Goals: theirs or yours?")
	conflict.submit("Save settings", url.Values{"choose_ai_goals": {"theirs"}, "choose_company_name": {"yours"}}).is(http.StatusOK)
	same(t, "as chosen", s.Count(t, `select count(*) from workspace_settings where company_name = 'Still mine'
		and ai_goals = 'Theirs'`), 1)
}

func TestDraftsByThemselvesAreTurnedOffAndOnInTheSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	b := s.as(t, ws.Workspace(), access.Admin)
	const box = "draft_generation_enabled"
	off := func() int { return s.Count(t, `select count(*) from workspace_settings where drafts_off`) }
	form := b.get(at(ws, "settings")).is(http.StatusOK).says("Draft replies automatically")
	same(t, "ticked", formFields(form.button("Save settings")).Get(box), "true")
	form.submit("Save settings", url.Values{"company_name": {"Northwind"}}).is(http.StatusOK)
	same(t, "off", off(), 0)

	mine := b.get(at(ws, "settings"))
	theirs := b.get(at(ws, "settings"))
	theirs.submit("Save settings", url.Values{box: nil}).is(http.StatusOK).says("Settings saved")
	same(t, "off", off(), 1)
	b.get(at(ws, "activity")).says("Changed the workspace settings: draft replies automatically", "On", "Off")
	s.as(t, ws.Workspace(), access.Member).get(at(ws, "settings")).says("Draft replies automatically Off")

	// Who had it on the screen while another turned it off does not turn it on again.
	conflict := mine.submit("Save settings", url.Values{"company_name": {"Mine"}}).is(http.StatusConflict).
		says("changed this while you were editing", "what only they changed: Draft replies automatically")
	same(t, "ticked", formFields(conflict.button("Save settings")).Has(box), false)
	conflict.submit("Save settings", nil).is(http.StatusOK)
	same(t, "off", off(), 1)

	// A form from before there was the box says nothing of it.
	form = b.get(at(ws, "settings"))
	form.submit("Save settings", url.Values{"has_" + box: nil, "company_name": {"Old form"}}).is(http.StatusOK)
	same(t, "off", off(), 1)
	form = b.get(at(ws, "settings"))
	long := form.submit("Save settings", url.Values{box: {"true"}, "company_name": {strings.Repeat("x", 201)}}).
		is(http.StatusUnprocessableEntity)
	same(t, "ticked", formFields(long.button("Save settings")).Get(box), "true")
	long.submit("Save settings", url.Values{"company_name": {"On"}}).is(http.StatusOK)
	same(t, "off", off(), 0)
	same(t, "history", s.words(t, `select concat_ws('|', version, company_name, drafts_off)
		from workspace_settings_versions`), "1|Northwind|f\n2|Northwind|t\n3|Mine|t\n4|Old form|t\n5|On|f")
}

func TestWhenLeadsAreForgottenIsSaidInTheSettingsAndByPrograms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	b := s.as(t, ws.Workspace(), access.Admin)
	const field = "forget_leads_after_months"
	months := func() string {
		return s.words(t, `select coalesce(forget_leads_after_months::text, 'never') from workspace_settings`)
	}
	form := b.get(at(ws, "settings")).is(http.StatusOK).says("Forget leads who have been silent", "Nobody can bring it back",
		"It begins a day after you save this")
	mine, old := b.get(at(ws, "settings")), b.get(at(ws, "settings"))
	same(t, "off at first", formFields(form.button("Save settings")).Get(field), "")
	form.submit("Save settings", url.Values{field: {"12"}}).is(http.StatusOK)
	same(t, "months", months(), "12")
	b.get(at(ws, "activity")).says("Changed the workspace settings: after how long leads are forgotten", "Never", "For 12 months")
	s.as(t, ws.Workspace(), access.Member).get(at(ws, "settings")).says("Forget leads who have been silent For 12 months")
	old.submit("Save settings", url.Values{"company_name": {"Northwind"}}).is(http.StatusConflict).
		says("what only they changed: Forget leads who have been silent")
	conflict := mine.submit("Save settings", url.Values{field: {"6"}}).is(http.StatusConflict).
		says("Forget leads who have been silent: theirs or yours?")
	conflict.submit("Save settings", url.Values{"choose_" + field: {"yours"}}).is(http.StatusOK)
	same(t, "months", months(), "6")
	form = b.get(at(ws, "settings"))
	for _, wrong := range []string{"-1", "121", "soon"} {
		form.submit("Save settings", url.Values{field: {wrong}}).is(http.StatusUnprocessableEntity).says("Choose a time from the list")
	}
	form.submit("Save settings", url.Values{field: nil, "company_name": {"Old form"}}).is(http.StatusOK)
	same(t, "a form from before says nothing of it", months(), "6")

	token := s.token(t, ws, "write")
	patch := func(months string, status int) *told {
		t.Helper()
		version := s.words(t, `select version::text from workspace_settings`)
		return s.ask(t, token, "PATCH", api(ws, "settings"), `{"forgetLeadsAfterMonths": `+months+`, "version": `+version+`}`).is(status)
	}
	same(t, "said", patch("7", 200).data.(map[string]any)["forgetLeadsAfterMonths"], any(float64(7)))
	same(t, "offered", formFields(b.get(at(ws, "settings")).button("Save settings")).Get(field), "7")
	patch("121", http.StatusUnprocessableEntity)
	same(t, "said", patch("null", 200).data.(map[string]any)["forgetLeadsAfterMonths"], nil)
	same(t, "months", months(), "never")
}

func TestSettingsTypedBeforeTheFirstPersonaAreShownAndNotSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	b := s.as(t, ws.Workspace(), access.Admin)
	mine := b.get(at(ws, "settings"))
	b.get(at(ws, "personas")).submit("Create Default Persona", nil).is(http.StatusOK)
	before := s.Snapshot(t)
	mine.submit("Save settings", url.Values{"ai_greeting": {"Typed too late"}}).is(http.StatusConflict).
		says("Typed too late")
	same(t, "tables", s.Snapshot(t), before)
}
