package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/views"
)

// outcomeFilter reads which drafts are counted, and what is wrong with that. Where it
// does not say from when to when, that is the last twelve weeks. Days and weeks are those
// of whoever asks.
func (s *Server) outcomeFilter(c *call) (lead.OutcomeFilter, []persona.FieldError) {
	var n narrowing
	f := lead.OutcomeFilter{
		Persona:  n.id("persona", i18n.N("Choose a persona from the list"), c.QueryParam("persona")),
		Campaign: n.id("campaign", i18n.N("Choose a campaign from the list"), c.QueryParam("campaign")),
		Channel:  oneOf(&n, "channel", i18n.N("Choose a channel from the list"), c.QueryParam("channel"), persona.Channels()),
		By:       cmp.Or(oneOf(&n, "by", i18n.N("Choose what to count by from the list"), c.QueryParam("by"), lead.OutcomeGroups()), lead.ByPersona),
	}
	period, errs := lead.OutcomePeriod(c.QueryParam("from"), c.QueryParam("to"), time.Now(), s.zone(c))
	f.From, f.To = period.From, period.To
	return f, append(n.wrong, errs...)
}

func (s *Server) outcomes(c *call) error {
	f, wrong := s.outcomeFilter(c)
	m := views.Outcomes{From: c.QueryParam("from"), To: c.QueryParam("to"), Persona: c.QueryParam("persona"),
		Campaign: c.QueryParam("campaign"), Channel: string(f.Channel), By: f.By}
	if m.From == "" {
		m.From = f.From.Format(time.DateOnly)
	}
	if m.To == "" {
		m.To = f.To.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	status := http.StatusOK
	var err error
	if m.OutcomeOffers, err = s.DB.OutcomeOffers(c.ctx(), c.access, f, c.offer()); err != nil {
		return err
	}
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	} else if m.Outcomes, err = s.DB.Outcomes(c.ctx(), c.access, f); err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Outcomes"), "outcomes")
	shell.Errors = wrong
	return s.page(c, status, views.OutcomesPage(shell, m))
}

// outcomesCSV says the same for a spreadsheet.
func (s *Server) outcomesCSV(c *call) error {
	f, wrong := s.outcomeFilter(c)
	if len(wrong) > 0 {
		return &persona.InvalidError{Fields: wrong}
	}
	all, err := s.DB.Outcomes(c.ctx(), c.access, f)
	if err != nil {
		return err
	}
	rows := [][]string{{"persona id", "persona", "version", "campaign id", "campaign", "channel", "week", "drafts",
		"approved as they were", "approved after edits", "rejected", "withdrawn", "made anew", "waiting", "sent", "not sent",
		"words added", "words removed", "median seconds to decide", "90th percentile seconds to decide", "reasons"}}
	for _, o := range all.Rows {
		week := ""
		if !o.Week.IsZero() {
			week = o.Week.Format(time.DateOnly)
		}
		row := []string{idText(o.PersonaID), safeCell(o.PersonaName), numberText(o.PersonaVersion), idText(o.CampaignID),
			safeCell(o.CampaignName), string(o.Channel), week}
		for _, n := range []int{o.Made, o.Approved, o.Edited, o.Rejected, o.Withdrawn, o.Replaced, o.Waiting, o.Sent,
			o.Failed, o.WordsAdded, o.WordsRemoved, int(o.Median.Seconds()), int(o.Ninetieth.Seconds())} {
			row = append(row, strconv.Itoa(n))
		}
		var reasons []string
		for _, r := range o.Reasons {
			if r.Reason != "" {
				reasons = append(reasons, string(r.Reason)+" "+strconv.Itoa(r.Drafts))
			}
		}
		rows = append(rows, append(row, safeCell(strings.Join(reasons, "; "))))
	}
	body := bytes.NewBufferString(csvStart)
	if err := csv.NewWriter(body).WriteAll(rows); err != nil {
		return err
	}
	return attachment(c, "outcomes-"+c.access.Workspace().String()+".csv", body.Bytes())
}
