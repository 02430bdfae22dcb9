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
	var err error
	if m.Items, m.More, m.Failed, err = s.DB.Leads(c.ctx(), c.access, m.Query, m.Page); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.LeadsPage(s.shell(c, "Leads", "leads"), m))
}

func (s *Server) lead(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	return s.leadPage(c, http.StatusOK, id, views.TypedDraft{}, nil)
}

// versionsShown is how many earlier versions of a draft a lead's page shows.
const versionsShown = 10

// leadPage shows a lead, with what was typed still in its form. An error in the
// field "body" leads to the draft's.
func (s *Server) leadPage(c *call, status int, id uuid.UUID, typed views.TypedDraft, errs []persona.FieldError) error {
	found, err := s.DB.Conversation(c.ctx(), c.access, id, versionsShown)
	if err != nil {
		return err
	}
	shell := s.shell(c, persona.Isolate(found.Lead.Name()), "leads")
	for _, e := range errs {
		if e.Field == "body" {
			e.Field = views.DraftField(typed.Draft)
		}
		shell.Errors = append(shell.Errors, e)
	}
	return s.page(c, status, views.LeadPage(shell, views.Lead{Conversation: found, Typed: typed}))
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
	_, err = s.DB.DecideDraft(c.ctx(), c.access, leadID, typed.Draft, version, &typed.Body, to)
	said := persona.Clean(typed.Body)
	var stale *lead.StaleDraftError
	switch status, errs := formErrors(err); {
	case errs != nil:
		return s.leadPage(c, status, leadID, typed, errs)
	case errors.As(err, &stale) && stale.Theirs.State == to &&
		(stale.Theirs.Body == said || to == lead.DraftRejected && said == ""):
		// Pressed twice: it is as they want it.
	case errors.As(err, &stale):
		typed.Stale = true
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
	return s.redirect(c, c.in("/leads/"+leadID.String()), views.DraftDecided(to))
}

// reopenForm says how the draft was decided when the button was shown.
type reopenForm struct {
	State string `form:"state"`
}

// reopenDraft takes back what was decided about a draft.
func (s *Server) reopenDraft(c *call) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	draft, err := c.id("d")
	if err != nil {
		return err
	}
	form, err := decode[reopenForm](c)
	if err != nil {
		return err
	}
	_, err = s.DB.TakeBackDecision(c.ctx(), c.access, leadID, draft, lead.DraftState(form.State))
	if errors.As(err, new(*lead.StaleDraftError)) {
		return s.leadPage(c, http.StatusConflict, leadID, views.TypedDraft{}, oneError("",
			"Somebody decided anew about this draft meanwhile, so nothing was taken back. Look again at how it stands now"))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/leads/"+leadID.String()), views.DraftReopened())
}

// draftForm is what was typed into the form of a draft.
type draftForm struct {
	openedAt
	Body string `form:"body"`
}

// draftForm returns what was typed, of which draft, and the version that the form
// was opened at.
func (c *call) draftForm() (leadID uuid.UUID, typed views.TypedDraft, version int, err error) {
	if leadID, err = c.id("l"); err != nil {
		return leadID, typed, 0, err
	}
	if typed.Draft, err = c.id("d"); err != nil {
		return leadID, typed, 0, err
	}
	form, err := decode[draftForm](c)
	if err != nil {
		return leadID, typed, 0, err
	}
	typed.Body = form.Body
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
