package web

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) proposals(c *call) error {
	var n narrowing
	m := views.Proposals{Page: c.listing().Page}
	m.State = cmp.Or(oneOf(&n, "state", i18n.N("Choose a state from the list"), c.QueryParam("state"), persona.ProposalStates()), persona.ProposalWaiting)
	var err error
	m.List, m.More, err = s.DB.Proposals(c.ctx(), c.access, m.State,
		postgres.Rows{Limit: postgres.ProposalsPageSize, Skip: (m.Page - 1) * postgres.ProposalsPageSize})
	if err != nil {
		return err
	}
	shell, status := s.shell(c, c.tr("Proposals"), "proposals"), http.StatusOK
	if shell.Errors = n.wrong; len(n.wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(c, status, views.ProposalsPage(shell, m))
}

func (s *Server) proposal(c *call) error { return s.proposalPage(c, http.StatusOK, "", nil) }

// proposalPage shows the proposal in the path, with the answer that was typed.
func (s *Server) proposalPage(c *call, status int, answer string, wrong []persona.FieldError) error {
	id, err := c.id("o")
	if err != nil {
		return err
	}
	p, err := s.DB.Proposal(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	m := views.Proposal{Proposal: p, Mine: c.access.Proposed(p), Answer: answer}
	if p.Kind == persona.ProposedSwitch && p.State == persona.ProposalWaiting && p.Overtaken == "" {
		i, err := s.DB.Impact(c.ctx(), c.access, p.Persona.ID.UUID)
		if err != nil {
			return err
		}
		m.Impact = &i
	}
	shell := s.shell(c, views.ProposalTitle(s.zoned(c), p), "proposals")
	shell.Errors = wrong
	return s.page(c, status, views.ProposalPage(shell, m))
}

// decideForm is what somebody answers to a proposal, and the impact that was shown.
type decideForm struct {
	switchForm
	Answer string `form:"answer"`
}

// deciding reads the form of a decision.
func (c *call) deciding() (id uuid.UUID, form decideForm, err error) {
	if id, err = c.id("o"); err == nil {
		form, err = decode[decideForm](c)
	}
	c.formOnce()
	return id, form, err
}

func (s *Server) approveProposal(c *call) error {
	id, form, err := c.deciding()
	if err != nil {
		return err
	}
	done, err := s.DB.Approve(c.ctx(), c.access.AsShown(form.Shown), id, form.Answer)
	if err == nil && !done.Done() {
		return s.proposalPage(c, http.StatusConflict, form.Answer, oneError("",
			"%s So nothing was changed, and the proposal is overtaken", done.Proposal.OvertakenBy()))
	}
	if err != nil {
		return s.decideAgain(c, form, err)
	}
	return s.spoken(c, c.in("/proposals"), views.Approved(s.zoned(c), done))
}

func (s *Server) declineProposal(c *call) error {
	id, form, err := c.deciding()
	if err != nil {
		return err
	}
	p, err := s.DB.Decline(c.ctx(), c.access, id, form.Answer)
	if err != nil {
		return s.decideAgain(c, form, err)
	}
	return s.redirect(c, c.in("/proposals"), views.Declined(s.zoned(c), p))
}

// decideAgain shows the proposal again with what was typed and what was in the way.
func (s *Server) decideAgain(c *call, form decideForm, cause error) error {
	status, wrong := formErrors(cause)
	var late *persona.TooLateError
	switch {
	case errors.As(cause, &late):
		wrong = oneError("", "%s Nothing was changed by you", late.Reason)
	case errors.As(cause, new(*persona.ShownOtherDefaultError)):
		wrong = oneError("what", "Somebody changed who the default answers for or the settings meanwhile, so nothing was "+
			"changed by you. Look at the effect as it is now, then decide")
	case len(wrong) > 0 && wrong[0].Field != "answer":
		for i := range wrong {
			wrong[i].Field = "" // of no field on this page
		}
	case wrong == nil:
		return cause
	}
	return s.proposalPage(c, status, form.Answer, wrong)
}

func (s *Server) decideKept(c *call) error {
	form, err := decode[decideForm](c)
	if err != nil {
		return err
	}
	return s.proposalPage(c, http.StatusOK, form.Answer, keptErrors())
}

func (s *Server) withdrawProposal(c *call) error {
	id, err := c.id("o")
	if err != nil {
		return err
	}
	if err := c.buttonOnce(); err != nil {
		return err
	}
	if _, err := s.DB.Withdraw(c.ctx(), c.access, id); err != nil {
		return err
	}
	return s.redirect(c, c.in("/proposals"), views.ProposalWithdrawn(s.zoned(c)))
}

// proposed leads on to a proposal that was made.
func (s *Server) proposed(c *call, p persona.Proposal) error {
	return s.redirect(c, c.in("/proposals/"+p.ID.String()), views.Proposed(s.zoned(c), p, c.access.SecondPerson()))
}

// proposedOf leads on to the proposal that was made of what somebody saved, with the receipt of
// what was done besides, if anything was.
func (s *Server) proposedOf(c *call, saved persona.Saved, done *views.Receipt) error {
	if saved.Waits() {
		return s.proposed(c, *saved.Proposed)
	}
	return s.redirect(c, c.in("/proposals/"+saved.Proposed.ID.String()), views.ProposedToo(s.zoned(c), done))
}

func (s *Server) proposeEditForm(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	m, err := s.editForm(c, id)
	if err != nil {
		return err
	}
	m.Proposing = true
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, views.ProposeTitle(c.ctx(), m.Name), "personas"), m))
}

func (s *Server) proposeEdit(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	if form.Note == nil {
		form.Note = new(string)
	}
	if err := s.complete(c, id, form); err != nil {
		return err
	}
	version, err := form.version()
	if err == nil {
		err = s.decided(c, id, form)
	}
	if err != nil {
		return s.editAgain(c, id, form, err)
	}
	c.formOnce()
	p, err := s.DB.Propose(c.ctx(), c.access, persona.Suggestion{Kind: persona.ProposedEdit,
		Persona: uuid.NullUUID{UUID: id, Valid: true}, Version: version, Content: form.chosen(), Note: *form.Note,
		House: form.merged().Version, Trial: verdictsIn(form.typed).Kept()})
	if err != nil {
		return s.editAgain(c, id, form, err)
	}
	return s.proposed(c, p)
}

// noteForm is the note of a proposal that says nothing else.
type noteForm struct {
	Note string `form:"note"`
}

func (s *Server) proposeSwitchForm(c *call) error {
	return s.proposeSwitchPage(c, http.StatusOK, "", nil)
}

func (s *Server) proposeSwitchPage(c *call, status int, note string, wrong []persona.FieldError) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	i, err := s.DB.Impact(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Propose %s as the default", persona.Isolate(i.Target.Name)), "personas")
	shell.Errors = wrong
	return s.page(c, status, views.ProposeSwitchPage(shell, views.ProposeSwitch{Impact: i, Note: note}))
}

func (s *Server) proposeSwitch(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := decode[noteForm](c)
	if err != nil {
		return err
	}
	c.formOnce()
	p, err := s.DB.Propose(c.ctx(), c.access, persona.Suggestion{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: id, Valid: true}, Note: form.Note})
	if status, wrong := proposeErrors(err); wrong != nil {
		return s.proposeSwitchPage(c, status, form.Note, wrong)
	}
	if err != nil {
		return err
	}
	return s.proposed(c, p)
}

func (s *Server) proposeSwitchKept(c *call) error {
	form, err := decode[noteForm](c)
	if err != nil {
		return err
	}
	return s.proposeSwitchPage(c, http.StatusOK, form.Note, keptErrors())
}

// proposeErrors is formErrors, also for what is too late.
func proposeErrors(err error) (int, []persona.FieldError) {
	status, wrong := formErrors(err)
	var late *persona.TooLateError
	if errors.As(err, &late) {
		wrong = oneError("", "%s Nothing was proposed", late.Reason)
	}
	return status, wrong
}

func (s *Server) proposeAssignment(c *call) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	form, err := decode[views.ProposeForm](c)
	if err != nil {
		return err
	}
	chosen, err := optionalID(form.Persona)
	if err != nil {
		return err
	}
	c.formOnce()
	p, err := s.DB.Propose(c.ctx(), c.access, persona.Suggestion{Kind: persona.ProposedAssignment, Persona: chosen,
		Campaign: id, Note: form.Note})
	if status, wrong := proposeErrors(err); wrong != nil {
		return s.proposeAssignmentAgain(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	return s.proposed(c, p)
}

// proposeAssignmentAgain shows the campaign again with what was typed.
func (s *Server) proposeAssignmentAgain(c *call, status int, form views.ProposeForm, wrong []persona.FieldError) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	m, err := s.campaignView(c, id)
	if err != nil {
		return err
	}
	m.Proposing = form
	shell := s.shell(c, persona.Isolate(m.Name), "campaigns")
	shell.Errors = wrong
	return s.page(c, status, views.CampaignPage(shell, m))
}

func (s *Server) proposeAssignmentKept(c *call) error {
	form, err := decode[views.ProposeForm](c)
	if err != nil {
		return err
	}
	return s.proposeAssignmentAgain(c, http.StatusOK, form, keptErrors())
}
