package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) leads(c *call) error {
	l := c.listing()
	list, err := s.DB.Leads(c.ctx(), c.access, l.Query, l.Page)
	if err != nil {
		return err
	}
	m := views.Leads{Listing: l.Counted(list.Total, postgres.LeadsPageSize, "lead"), Items: list.Items, Failed: list.Failed}
	m.Uncounted = list.Open
	return s.page(c, http.StatusOK, views.LeadsPage(s.shell(c, c.tr("Leads"), "leads"), m))
}

// lead answers with a lead's page or, where its address ends in .json, with all that is
// kept about the lead as a file.
func (s *Server) lead(c *call) error {
	if id, is := strings.CutSuffix(c.Param("l"), ".json"); is {
		return s.exportLead(c, id)
	}
	id, err := c.id("l")
	if err != nil {
		return err
	}
	return s.leadPage(c, http.StatusOK, id, views.TypedDraft{}, nil)
}

func (s *Server) exportLead(c *call, lead string) error {
	id, err := parseID(lead)
	if err != nil {
		return err
	}
	file, err := s.DB.LeadFile(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="lead-`+id.String()+`.json"`)
	return c.JSONPretty(http.StatusOK, file, "  ")
}

func (s *Server) confirmEraseLead(c *call) error {
	return s.confirmEraseLeadAgain(c, http.StatusOK, "", nil)
}

// confirmEraseLeadAgain asks before a lead is erased, with what was typed.
func (s *Server) confirmEraseLeadAgain(c *call, status int, typed string, wrong []persona.FieldError) error {
	found, err := s.leadToErase(c)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Erase %s?", persona.Isolate(found.Name())), "leads")
	shell.Errors = wrong
	return s.page(c, status, views.EraseLeadPage(shell, found, typed))
}

func (s *Server) leadToErase(c *call) (lead.Lead, error) {
	id, err := c.id("l")
	if err != nil {
		return lead.Lead{}, err
	}
	return s.DB.Lead(c.ctx(), c.access, id)
}

// seen returns a name as a page shows it.
func seen(name string) string { return strings.Join(strings.Fields(persona.TidyName(name)), " ") }

// eraseLeadForm holds the name of the lead, typed.
type eraseLeadForm struct {
	Name string `form:"name"`
}

func (s *Server) eraseLead(c *call) error {
	form, err := decode[eraseLeadForm](c)
	if err != nil {
		return err
	}
	c.formOnce()
	found, err := s.leadToErase(c)
	if err == nil && seen(form.Name) != seen(found.Name()) {
		return s.confirmEraseLeadAgain(c, http.StatusUnprocessableEntity, form.Name,
			oneError("name", "This is not what the lead is called. Nothing was erased"))
	}
	id, malformed := c.id("l")
	if err != nil && !errors.Is(err, persona.ErrNotFound) || malformed != nil {
		return errors.Join(err, malformed)
	}
	// Of one that is gone, this knows whether the same form erased it.
	if err := s.DB.EraseLead(c.ctx(), c.access, id); err != nil {
		return err
	}
	return s.redirect(c, c.in("/leads"), views.LeadErased(s.zoned(c)))
}

func (s *Server) eraseLeadKept(c *call) error {
	form, err := decode[eraseLeadForm](c)
	if err != nil {
		return err
	}
	return s.confirmEraseLeadAgain(c, http.StatusOK, form.Name, keptErrors())
}

// versionsShown is how many earlier versions of a draft a lead's page shows.
const versionsShown = 10

// leadPage shows a lead, with what was typed still in its form.
func (s *Server) leadPage(c *call, status int, id uuid.UUID, typed views.TypedDraft, errs []persona.FieldError) error {
	found, err := s.DB.Conversation(c.ctx(), c.access, id, versionsShown)
	if err != nil {
		return err
	}
	shell := s.shell(c, persona.Isolate(found.Lead.Name()), "leads")
	shell.Errors = errs
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
	return s.toLead(c, id, err, views.DraftAsked(s.zoned(c)))
}

func (s *Server) askScore(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	return s.toLead(c, id, s.DB.AskScore(c.ctx(), c.access, id), views.ScoreAsked(s.zoned(c)))
}

// contactForm says whether a lead may be written to.
type contactForm struct {
	State lead.Contact `form:"state"`
}

func (s *Server) setContact(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	form, err := decode[contactForm](c)
	if err != nil {
		return err
	}
	now, err := s.DB.SetContact(c.ctx(), c.access, id, form.State)
	if status, errs := formErrors(err); errs != nil {
		return s.leadPage(c, status, id, views.TypedDraft{}, errs)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/leads/"+id.String()), views.ContactSet(s.zoned(c), now))
}

// toLead answers who asked for a draft or a score. A second click finds that it
// is there, which is no failure.
func (s *Server) toLead(c *call, leadID uuid.UUID, err error, receipt *views.Receipt) error {
	var late *persona.TooLateError
	if errors.As(err, &late) {
		receipt, err = views.NotAsked(s.zoned(c), late.Reason), nil
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/leads/"+leadID.String()), receipt)
}

func (s *Server) saveDraft(c *call) error    { return s.decideDraft(c, "") }
func (s *Server) approveDraft(c *call) error { return s.decideDraft(c, lead.DraftApproved) }
func (s *Server) rejectDraft(c *call) error  { return s.decideDraft(c, lead.DraftRejected) }

// decideDraft does what the path says, or else the button that was pressed.
func (s *Server) decideDraft(c *call, to lead.DraftState) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	form, d, err := c.draftForm()
	d.Lead = uuid.NullUUID{UUID: leadID, Valid: true}
	if to != "" {
		d.To = to
	}
	if err == nil {
		_, err = s.DB.DecideDraft(c.ctx(), c.access, d)
	}
	typed := form.typed(d.Draft)
	if status, errs := s.draftErrors(c, err, d, &typed); errs != nil {
		return s.leadPage(c, status, leadID, typed, errs)
	} else if status != 0 {
		return err
	}
	return s.redirect(c, c.in("/leads/"+leadID.String()), views.DraftDecided(s.zoned(c), d.To))
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
	return s.redirect(c, c.in("/leads/"+leadID.String()), views.DraftReopened(s.zoned(c)))
}

// draftErrors returns what the page of a draft says of a decision that failed, and the
// status; no errors where it cannot help, and no status where it was done: pressed
// twice, a draft is as they want it.
func (s *Server) draftErrors(
	c *call, err error, d lead.Decision, typed *views.TypedDraft,
) (int, []persona.FieldError) {
	if err == nil {
		return 0, nil
	}
	status, errs := formErrors(err)
	for i, e := range errs {
		switch e.Field {
		case "body":
			errs[i].Field = views.DraftField(d.Draft)
		case "reason":
			errs[i].Field = views.ReasonField(d.Draft)
		}
	}
	var stale *lead.StaleDraftError
	if !errors.As(err, &stale) {
		return status, errs
	}
	said := persona.Clean(typed.Body)
	same := stale.Theirs.Body == said || d.To == lead.DraftRejected && said == ""
	if same && stale.Theirs.State == d.To && (d.To == lead.DraftWaiting || stale.Theirs.DecidedByID.UUID == c.visit.User()) {
		return 0, nil
	}
	typed.Stale = true
	if same {
		typed.Body = ""
	}
	return http.StatusConflict, oneError("", views.Overtaken(s.zoned(c), stale.Theirs))
}

// draftForm is what was typed into the form of a draft, and which button was pressed.
type draftForm struct {
	openedAt
	draftsForm
	Body     string `form:"body"`
	Decision string `form:"decision"` // save, approve or reject; empty: save
	Reason   string `form:"reason"`
}

func (f draftForm) typed(draft uuid.UUID) views.TypedDraft {
	return views.TypedDraft{Draft: draft, Body: f.Body, Reason: lead.RejectReason(f.Reason)}
}

// draftForm returns what was typed, and what is decided by it about the draft of the
// path. It fails with an InvalidError for what the form could not have sent.
func (c *call) draftForm() (form draftForm, d lead.Decision, err error) {
	if d.Draft, err = c.id("d"); err != nil {
		return form, d, err
	}
	if form, err = decode[draftForm](c); err != nil {
		return form, d, err
	}
	d.Words, d.Reason = &form.Body, lead.RejectReason(form.Reason)
	switch form.Decision {
	case "", "save":
		d.To = lead.DraftWaiting
	case "approve":
		d.To = lead.DraftApproved
	case "reject":
		d.To = lead.DraftRejected
	default:
		return form, d, &persona.InvalidError{}
	}
	if d.Version, err = strconv.Atoi(form.Version); err != nil {
		err = &persona.InvalidError{}
	}
	return form, d, err
}

// draftKept shows the form again whichever of its buttons was pressed.
func (s *Server) draftKept(c *call) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	form, d, err := c.draftForm()
	if err != nil {
		return err
	}
	return s.leadPage(c, http.StatusOK, leadID, form.typed(d.Draft), keptErrors())
}
