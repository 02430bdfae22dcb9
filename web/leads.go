package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) leads(c *call) error {
	m := views.Leads{Listing: c.listing()}
	list, more, failed, err := s.DB.Leads(c.ctx(), c.access, m.Query, m.Page)
	if err != nil {
		return err
	}
	m.More = more
	for _, l := range list {
		m.Items = append(m.Items, views.LeadItem{ID: l.ID, Name: l.Lead.Name(), Company: l.Company, LastAt: l.LastAt,
			Answered: l.Answered, Draft: string(l.Draft), Overall: l.Overall})
	}
	for _, f := range failed {
		m.Failed = append(m.Failed, views.FailedJob{Lead: f.Lead.ID, Name: f.Lead.Name(), Draft: f.Draft,
			Problem: f.Problem, At: f.At})
	}
	return s.page(c, http.StatusOK, views.LeadsPage(s.shell(c, "Leads", "leads"), m))
}

func (s *Server) lead(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	return s.leadPage(c, http.StatusOK, id, typedDraft{}, nil)
}

// typedDraft is what was typed into the form of a draft and is not saved.
type typedDraft struct {
	draft uuid.UUID
	body  string
	stale bool
}

// versionsShown is how many earlier versions of a draft a lead's page shows.
const versionsShown = 10

// leadPage shows a lead, with what was typed still in its form. An error in the
// field "body" leads to the draft's.
func (s *Server) leadPage(c *call, status int, id uuid.UUID, typed typedDraft, errs []persona.FieldError) error {
	found, err := s.DB.Conversation(c.ctx(), c.access, id, versionsShown)
	if err != nil {
		return err
	}
	m := leadView(found)
	for _, message := range m.Messages {
		if message.Draft != nil && message.Draft.ID == typed.draft {
			message.Draft.Typed, message.Draft.Stale = typed.body, typed.stale
		}
	}
	shell := s.shell(c, m.Name, "leads")
	for _, e := range errs {
		if e.Field == "body" {
			e.Field = "body-" + typed.draft.String()
		}
		shell.Errors = append(shell.Errors, e)
	}
	return s.page(c, status, views.LeadPage(shell, m))
}

func leadView(c lead.Conversation) views.Lead {
	l := c.Lead
	m := views.Lead{ID: l.ID, Name: l.Name(), Email: l.Email, Company: l.Company, Campaign: l.Campaign,
		Scoring: l.Scoring, ScoreProblem: l.ScoreProblem, Earlier: c.Earlier}
	for _, flag := range []struct {
		set   bool
		words string
	}{{l.Blacklisted, "is blacklisted"}, {l.OptedOut, "has opted out"}, {l.Unsubscribed, "has unsubscribed"},
		{l.Bounced, "cannot be reached: mail bounced"}} {
		if flag.set {
			m.Flags = append(m.Flags, flag.words)
		}
	}
	for _, score := range c.Scores {
		m.Scores = append(m.Scores, views.LeadScore{Fit: score.Fit, Intent: score.Intent, Overall: score.Overall,
			Reason: score.Reason, By: score.By, At: score.At, Outdated: score.Outdated})
	}
	for _, message := range c.Messages {
		v := views.LeadMessage{ID: message.ID, Channel: message.Channel, Body: message.Body, At: message.SentAt,
			Campaign: message.Campaign, Unknown: message.Unknown, Answered: message.Answered}
		if d := message.Draft; d != nil {
			v.Draft = &views.LeadDraft{ID: d.ID, State: string(d.State), Version: d.Version, Source: d.Source,
				Persona: d.PersonaName, PersonaAt: d.PersonaAt,
				Body: d.Body, EditedBy: d.EditedBy, Problem: d.Problem, DecidedAt: d.DecidedAt, DecidedBy: d.DecidedBy}
			for _, t := range d.Earlier {
				v.Draft.Earlier = append(v.Draft.Earlier, views.LeadText(t))
			}
		}
		m.Messages = append(m.Messages, v)
	}
	return m
}

// askDraftForm says which draft is to be made anew; none: the answer to the last
// message.
type askDraftForm struct {
	Draft uuid.NullUUID `form:"draft"`
}

func (s *Server) askDraft(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	form, err := decode[askDraftForm](c)
	if err != nil {
		return err
	}
	_, err = s.DB.AskDraft(c.ctx(), c.access, id, form.Draft)
	return s.toLead(c, id, err, views.DraftAsked())
}

func (s *Server) askScore(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	return s.toLead(c, id, s.DB.AskScore(c.ctx(), c.access, id), views.ScoreAsked())
}

// toLead answers who asked for a draft or a score. A second click finds that it
// is there, which is no failure.
func (s *Server) toLead(c *call, leadID uuid.UUID, err error, receipt *views.Receipt) error {
	var late *persona.TooLateError
	if errors.As(err, &late) {
		receipt, err = views.NotAsked(late.Reason), nil
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/leads/"+leadID.String()), receipt)
}

func (s *Server) saveDraft(c *call) error    { return s.decideDraft(c, lead.DraftWaiting) }
func (s *Server) approveDraft(c *call) error { return s.decideDraft(c, lead.DraftApproved) }
func (s *Server) rejectDraft(c *call) error  { return s.decideDraft(c, lead.DraftRejected) }

func (s *Server) decideDraft(c *call, to lead.DraftState) error {
	leadID, typed, version, err := c.draftForm()
	if err != nil {
		return err
	}
	_, err = s.DB.DecideDraft(c.ctx(), c.access, leadID, typed.draft, version, &typed.body, to)
	said := persona.Clean(typed.body)
	var stale *lead.StaleDraftError
	switch status, errs := formErrors(err); {
	case errs != nil:
		return s.leadPage(c, status, leadID, typed, errs)
	case errors.As(err, &stale) && stale.Theirs.State == to &&
		(stale.Theirs.Body == said || to == lead.DraftRejected && said == ""):
		// Pressed twice: it is as they want it.
	case errors.As(err, &stale):
		typed.stale = true
		message := "This draft was changed meanwhile. Nothing of yours was saved: it stands in the form, below " +
			"what the draft says now"
		if stale.Theirs.State != lead.DraftWaiting {
			message = "This draft is no longer waiting: it was decided or is being drafted anew. What you typed " +
				"was not saved and stands below it"
		}
		return s.leadPage(c, http.StatusConflict, leadID, typed, oneError("", message))
	case err != nil:
		return err
	}
	return s.redirect(c, c.in("/leads/"+leadID.String()), views.DraftDecided(string(to)))
}

// draftForm is what was typed into the form of a draft.
type draftForm struct {
	openedAt
	Body string `form:"body"`
}

// draftForm returns what was typed, of which draft, and the version that the form
// was opened at.
func (c *call) draftForm() (leadID uuid.UUID, typed typedDraft, version int, err error) {
	if leadID, err = c.id("l"); err != nil {
		return leadID, typed, 0, err
	}
	if typed.draft, err = c.id("d"); err != nil {
		return leadID, typed, 0, err
	}
	form, err := decode[draftForm](c)
	if err != nil {
		return leadID, typed, 0, err
	}
	typed.body = form.Body
	if version, err = strconv.Atoi(form.Version); err != nil {
		err = &persona.InvalidError{}
	}
	return leadID, typed, version, err
}

// draftKept shows the form again whichever of its buttons was pressed.
func (s *Server) draftKept(c *call) error {
	leadID, typed, _, err := c.draftForm()
	if err != nil {
		return err
	}
	return s.leadPage(c, http.StatusOK, leadID, typed, keptErrors())
}
