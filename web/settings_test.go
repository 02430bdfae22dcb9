package web_test

import (
	"net/http"
	"net/url"
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
	conflict.submit("Save settings", nil).is(http.StatusOK)
	same(t, "stored", s.Count(t, `select count(*) from workspace_settings where company_name = 'Mine'`), 1)

	mine = b.get(at(ws, "settings"))
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Theirs"}, "ai_goals": {"Theirs"}}).
		is(http.StatusOK)
	conflict = mine.submit("Save settings", url.Values{"company_name": {"Still mine"}, "ai_goals": {"Mine"}}).
		is(http.StatusConflict).says("Company name: theirs or yours?", "Goals: theirs or yours?")
	conflict.submit("Save settings", url.Values{"choose_ai_goals": {"theirs"}}).is(http.StatusOK)
	same(t, "as chosen", s.Count(t, `select count(*) from workspace_settings where company_name = 'Still mine'
		and ai_goals = 'Theirs'`), 1)
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
