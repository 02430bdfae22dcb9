package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
)

func TestWhyTellsWhoAnswersForACampaignAndChannel(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	own := s.NewPersona(t, ws, "Own")
	plain, special := s.NewCampaign(t, ws, "Plain"), s.NewCampaign(t, ws, "=Special()")
	foreign := s.NewCampaign(t, other, "Foreign")
	if _, err := s.Assign(t.Context(), ws, special, uuid.NullUUID{UUID: own.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	b.get(at(ws, "why")).is(http.StatusOK).says("No campaign was named, so the workspace default is asked.",
		"The default persona of Harbor is “Default”, so it answers.", "Hello from Default")
	b.get(at(ws, "why?channel=sms&campaign="+special.String())).is(http.StatusOK).
		says("The campaign “=Special()” has its own persona, “Own”", "SMS greeting: empty there, so the email "+
			"greeting is used.")
	b.get(at(ws, "why?campaign="+plain.String())).is(http.StatusOK).says("The campaign “Plain” has no persona of its own")
	b.get(at(ws, "why?campaign="+foreign.String())).is(http.StatusNotFound)
	b.get(at(ws, "why?campaign=nonsense")).is(http.StatusNotFound)
	pigeon := b.get(at(ws, "why?channel=pigeon")).is(http.StatusUnprocessableEntity).
		says("There is no such channel", "Who answers")
	same(t, "title", strings.HasPrefix(pigeon.title(), "Error: "), true)

	file := b.get(at(ws, "why.csv")).is(http.StatusOK)
	table, marked := strings.CutPrefix(file.body, "\ufeff")
	same(t, "Excel knows that it is UTF-8", marked, true)
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a formula is defused", rows[1][2], "'=Special()")
	same(t, "rows", [][]string{{rows[1][3], rows[1][5]}, {rows[2][2], rows[2][3], rows[2][5]}},
		[][]string{{"campaign", "Own"}, {"Plain", "default", "Default"}})
	same(t, "tables", s.Snapshot(t), before)
	b.get("/workspaces/" + other.Workspace().String() + "/why.csv").is(http.StatusNotFound)
}

func TestNoNameBecomesAFormula(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	names := []string{"=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "﹦1"}
	for _, name := range names {
		s.NewCampaign(t, ws, name)
	}
	s.NewCampaign(t, ws, "a=1")
	file := s.as(t, ws.Workspace(), access.Member).get(at(ws, "why.csv")).is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, row := range rows[1:] {
		cells = append(cells, row[2])
	}
	for i, name := range names {
		names[i] = "'" + name
	}
	slices.Sort(cells)
	want := append([]string{"a=1"}, names...)
	slices.Sort(want)
	same(t, "cells", cells, want)
}

func TestPreviewShowsTwoPersonasAndStoresNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	b.get(at(ws, "preview")).is(http.StatusOK).says("The workspace settings", "Hi Ana,")
	s.NewPersona(t, ws, "First")
	second := s.NewPersona(t, ws, "Second")
	foreign := s.NewPersona(t, s.Workspace(t, "Cedar"), "Foreign")
	before := s.Snapshot(t)
	page := b.get(at(ws, "preview")).is(http.StatusOK).
		says("Hello from First", "Hello from Second", "You asked: “What does it cost, and how long does it take to set up?”")
	page.submit("Compare", url.Values{"left": {second.ID.String()}, "channel": {"sms"}, "first_name": {""},
		"message": {"Hm."}}).is(http.StatusOK).says("1 SMS part", "Hello from Second")
	page.submit("Compare", url.Values{"left": {foreign.ID.String()}}).is(http.StatusNotFound)
	wrong := page.submit("Compare", url.Values{"message": {strings.Repeat("x", 20001)}, "company": {"Kept"}}).
		is(http.StatusUnprocessableEntity).says("Message must be 20,000 characters or fewer")
	same(t, "typed", formFields(wrong.button("Compare")).Get("company"), "Kept")
	same(t, "tables", s.Snapshot(t), before)
}
