package web

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
	"personae/web/api"
)

// activityFilter reads the filters of the audit log, and what is wrong with
// them.
func (s *Server) activityFilter(c *call) (audit.Filter, []persona.FieldError) {
	var f audit.Filter
	var n narrowing
	if f.Operator = c.QueryParam("person") == views.OperatorChoice; !f.Operator {
		f.Person = n.id("person", i18n.N("Choose a person from the list"), c.QueryParam("person"))
	}
	f.Persona = n.id("persona", i18n.N("Choose a persona from the list"), c.QueryParam("persona"))
	if f.Action = c.QueryParam("action"); f.Action != "" && !views.KnownAction(f.Action) {
		n.refuse("action", i18n.N("Choose a kind of action from the list"))
		f.Action = ""
	}
	day := func(name string, days int) *time.Time {
		text := c.QueryParam(name)
		if text == "" {
			return nil
		}
		day, err := time.ParseInLocation(time.DateOnly, text, s.zone(c))
		if err != nil || day.Year() < 1 {
			n.wrong = append(n.wrong, oneError(name, "Enter a day as year, month and day, like 2026-03-31")...)
			return nil
		}
		day = day.AddDate(0, 0, days)
		return &day
	}
	f.From, f.To = day("from", 0), day("to", 1)
	if f.From != nil && f.To != nil && !f.From.Before(*f.To) {
		n.wrong = append(n.wrong, oneError("to", "Choose a last day that is not before the first")...)
	}
	f.Find = c.offer().Find
	before, err := optionalNumber(c.QueryParam("before"))
	if err == nil {
		f.Before = before
	}
	return f, n.wrong
}

func (s *Server) activity(c *call) error {
	f, wrong := s.activityFilter(c)
	log, err := s.DB.Activities(c.ctx(), c.access, f)
	if err != nil {
		return err
	}
	m := views.Activity{Log: log, Person: c.QueryParam("person"), Action: f.Action, Persona: c.QueryParam("persona"),
		From: c.QueryParam("from"), To: c.QueryParam("to"), Newest: f.Before == 0}
	shell := s.shell(c, c.tr("Activity"), "activity")
	status := http.StatusOK
	if shell.Errors = wrong; len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(c, status, views.ActivityPage(shell, m))
}

var activityColumns = []string{"time", "person", "capacity", "grant id", "action", "persona id", "persona",
	"campaign id", "from version", "to version", "fields", "event id", "campaign ids", "lead id"}

// fileTime is how long a file of any length may be under way, to whoever reads it slowly.
const fileTime = 10 * time.Minute

// activityCSV answers with the audit log, as filtered, for a spreadsheet: who did what
// and when, and none of the words. It takes no longer than fileTime, and each part of it its own
// time. Where the server keeps it for a time only, the last row is no event and says before
// which moment it was removed.
func (s *Server) activityCSV(c *call) error {
	f, wrong := s.activityFilter(c)
	if len(wrong) > 0 {
		return &persona.InvalidError{Fields: wrong}
	}
	removed, err := s.DB.RemovedBefore(c.ctx(), c.access)
	if err != nil {
		return err
	}
	w := csv.NewWriter(c.Response())
	ctx, cancel := context.WithTimeout(c.patience(), fileTime)
	defer cancel()
	err = s.DB.EachActivity(ctx, c.access, f, func(page []audit.Entry) error {
		s.mayTake(c, api.SendTime)
		var rows [][]string
		if !c.Response().Committed {
			attach(c, "activity-"+c.access.Workspace().String()+".csv")
			c.Response().WriteHeader(http.StatusOK)
			if _, err := io.WriteString(c.Response(), csvStart); err != nil {
				return err
			}
			rows = append(rows, activityColumns)
		}
		for _, x := range page {
			rows = append(rows, []string{x.At.UTC().Format(time.RFC3339), safeCell(x.Who), string(x.Role),
				idText(x.GrantID), string(x.Action), idText(x.PersonaID),
				safeCell(x.Persona), idText(x.CampaignID), numberText(x.Versions[0]), numberText(x.Versions[1]),
				strings.Join(x.Fields, " "), x.ID.String(), idTexts(x.Campaigns), idText(x.LeadID)})
		}
		return w.WriteAll(rows)
	})
	if err != nil || removed.IsZero() || f.From != nil && !f.From.Before(removed) {
		return err
	}
	last := make([]string, len(activityColumns))
	last[0], last[4] = removed.UTC().Format(time.RFC3339), "history.removed"
	return w.WriteAll([][]string{last})
}

func idText(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

func idTexts(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return strings.Join(texts, " ")
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
