package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/persona"
)

func TestAToneInOnesOwnWordsIsSavedFromTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	tone := func(name string) string {
		t.Helper()
		var tone string
		if err := s.SQL.QueryRow(t.Context(), `select coalesce(tone, '') from personas where workspace_id = $1 and name = $2`,
			ws.Workspace(), name).Scan(&tone); err != nil {
			t.Fatal(err)
		}
		return tone
	}
	form := b.get(at(ws, "personas", "new"))
	long := strings.Repeat("x", 61)
	wrong := form.submit("Create persona", url.Values{"name": {"Own"}, "tone": {"formal"}, "tone_own": {long}}).
		is(http.StatusUnprocessableEntity).says("Tone must be 60 characters or fewer; it has 61")
	same(t, "typed", formFields(wrong.button("Create persona")).Get("tone_own"), long)
	if !strings.Contains(wrong.body, `href="#tone_own"`) {
		t.Error("the error does not lead to what was typed")
	}
	wrong.submit("Create persona", url.Values{"tone_own": {" dry, and never in a hurry "}}).is(http.StatusOK)
	same(t, "created", tone("Own"), "dry, and never in a hurry")
	form.submit("Create persona", url.Values{"name": {"Chosen"}, "tone": {"formal"}, "tone_own": {" "}}).is(http.StatusOK)
	same(t, "chosen", tone("Chosen"), "formal")

	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from personas where name = 'Own'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	edit := b.get(at(ws, "personas", id)).is(http.StatusOK)
	fields := formFields(edit.button("Save changes"))
	same(t, "shown", []string{fields.Get("tone"), fields.Get("tone_own")}, []string{"dry, and never in a hurry", ""})
	edit.submit("Save changes", url.Values{"goals": {"A call"}}).is(http.StatusOK)
	same(t, "kept", tone("Own"), "dry, and never in a hurry")
	sampled := b.get(at(ws, "personas", id)).submit("Check the sample",
		url.Values{"tone_own": {"brisk"}}).is(http.StatusOK)
	sampled.submit("Save changes", nil).is(http.StatusOK)
	same(t, "after a sample", tone("Own"), "brisk")
	b.get(at(ws, "personas", id)).submit("Save changes", url.Values{"tone": {"casual"}}).is(http.StatusOK)
	same(t, "chosen again", tone("Own"), "casual")
}

func TestAToneInOnesOwnWordsStandsInAConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	edit := b.get(at(ws, "personas", p.ID.String()))
	content := p.Content
	content.Tone = "formal"
	if _, err := s.Edit(t.Context(), ws, p.ID, p.Version, content, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	conflict := edit.submit("Save changes", url.Values{"tone_own": {"brisk"}}).is(http.StatusConflict).says("Tone: theirs or yours?")
	same(t, "typed", formFields(conflict.button("Save changes")).Get("tone_own"), "brisk")
	conflict.submit("Save changes", url.Values{"choose_tone": {"theirs"}}).is(http.StatusOK)
	same(t, "theirs", s.Count(t, `select count(*) from personas where id = $1 and tone = 'formal'`, p.ID), 1)
	conflict.submit("Save changes", url.Values{"choose_tone": {"yours"}}).is(http.StatusOK)
	same(t, "yours", s.Count(t, `select count(*) from personas where id = $1 and tone = 'brisk'`, p.ID), 1)
}

func TestSettingsTakeAToneInOnesOwnWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	page := b.get(at(ws, "settings"))
	page.submit("Save settings", url.Values{"ai_tone": {"formal"}, "ai_tone_own": {strings.Repeat("x", 61)}}).
		is(http.StatusUnprocessableEntity).says("Tone must be 60 characters or fewer").
		submit("Save settings", url.Values{"ai_tone_own": {"brisk"}}).is(http.StatusOK)
	saved := formFields(b.get(at(ws, "settings")).button("Save settings"))
	same(t, "shown", []string{saved.Get("ai_tone"), saved.Get("ai_tone_own")}, []string{"brisk", ""})
	same(t, "saved", s.Count(t, `select count(*) from workspace_settings where ai_tone = 'brisk'`), 1)
}
