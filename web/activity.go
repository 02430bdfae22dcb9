package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

// activityFilter reads the filters of the audit log, and what is wrong with
// them.
func (c *call) activityFilter() (postgres.ActivityFilter, []persona.FieldError) {
	var f postgres.ActivityFilter
	var wrong []persona.FieldError
	id := func(name, label string) uuid.NullUUID {
		id, err := optionalID(c.QueryParam(name))
		if err != nil {
			wrong = append(wrong, persona.FieldError{Field: name, Message: "Choose a " + label + " from the list"})
		}
		return id
	}
	f.Person, f.Persona = id("person", "person"), id("persona", "persona")
	f.Action = c.QueryParam("action")
	if f.Action != "" && !views.KnownAction(f.Action) {
		wrong = append(wrong, persona.FieldError{Field: "action", Message: "Choose a kind of action from the list"})
		f.Action = ""
	}
	before, err := optionalNumber(c.QueryParam("before"))
	if err == nil {
		f.Before = before
	}
	return f, wrong
}

func (s *Server) activity(c *call) error {
	f, wrong := c.activityFilter()
	events, people, personas, err := s.DB.Activities(c.ctx(), c.access, f)
	if err != nil {
		return err
	}
	m := views.Activity{Person: c.QueryParam("person"), Action: f.Action, Persona: c.QueryParam("persona"), Newest: f.Before == 0}
	for _, p := range people {
		m.People = append(m.People, views.Named(p))
	}
	for _, p := range personas {
		m.Personas = append(m.Personas, views.Named(p))
	}
	if len(events) > postgres.ActivityPage {
		events = events[:postgres.ActivityPage]
		m.Older = events[postgres.ActivityPage-1].Rev
	}
	for _, x := range events {
		m.Events = append(m.Events, viewEvent(x))
	}
	shell := s.shell(c, "Activity", "activity")
	status := http.StatusOK
	if shell.Errors = wrong; len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(c, status, views.ActivityPage(shell, m))
}

func viewEvent(x postgres.Activity) views.Event {
	e := views.Event{ID: x.ID, At: x.At, Who: x.Who, Capacity: string(x.Capacity), Grantor: x.Grantor, Reason: x.Reason, Action: x.Action,
		Persona: x.Persona, Campaign: x.Campaign, From: x.From, To: x.To, User: x.User, Role: x.Role, Fields: x.Fields, Mirrored: x.Mirrored}
	if x.Before != nil && x.After != nil {
		e.Changes = views.Changes(x.Before.Content, x.After.Content)
	}
	return e
}

// activityCSV gives the audit log, as filtered, for a spreadsheet: who did what
// and when, and none of the words.
func (s *Server) activityCSV(c *call) error {
	f, wrong := c.activityFilter()
	if len(wrong) > 0 {
		return &persona.InvalidError{Fields: wrong}
	}
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	if err := w.Write([]string{"time", "person", "capacity", "grant id", "action", "persona id", "persona", "campaign id", "from version", "to version", "fields", "event id"}); err != nil {
		return err
	}
	err := s.DB.EachActivity(c.ctx(), c.access, f, func(x postgres.Activity) error {
		return w.Write([]string{x.At.UTC().Format(time.RFC3339), safeCell(x.Who), string(x.Capacity), idText(x.GrantID), x.Action, idText(x.PersonaID),
			safeCell(x.Persona), idText(x.CampaignID), numberText(x.Versions[0]), numberText(x.Versions[1]), strings.Join(x.Fields, " "), x.ID.String()})
	})
	if err != nil {
		return err
	}
	w.Flush()
	return attachment(c, "activity-"+c.access.Workspace().String()+".csv", body.Bytes())
}

func idText(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
