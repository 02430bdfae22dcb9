package web

import (
	"net/http"
	"slices"

	"personae/internal/drafting"
	"personae/internal/persona"
	"personae/views"
)

// Limits of what is typed to try a persona, in characters.
const (
	sampleNameLimit    = 120
	sampleMessageLimit = 4000
)

// preview shows two personas side by side on a sample message. It stores
// nothing.
func (s *Server) preview(c *call) error {
	m := views.Preview{Channel: persona.Email, Lead: persona.SampleLead(),
		Message: "Thank you for your note. What does it cost, and how long does it take to set up?"}
	return s.previewPage(c, http.StatusOK, m, nil)
}

// tryPreview does it with what was typed.
func (s *Server) tryPreview(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	form := c.Request().PostForm
	m := views.Preview{Left: form.Get("left"), Right: form.Get("right"), Channel: persona.Channel(form.Get("channel")), Message: form.Get("message"),
		Lead: persona.Lead{FirstName: form.Get("first_name"), LastName: form.Get("last_name"), Company: form.Get("company")}}
	if !slices.Contains(persona.Channels(), m.Channel) {
		m.Channel = persona.Email
	}
	var wrong []persona.FieldError
	wrong = persona.CheckText(wrong, "first_name", "First name", persona.Clean(m.Lead.FirstName), sampleNameLimit, true)
	wrong = persona.CheckText(wrong, "last_name", "Last name", persona.Clean(m.Lead.LastName), sampleNameLimit, true)
	wrong = persona.CheckText(wrong, "company", "Company", persona.Clean(m.Lead.Company), sampleNameLimit, true)
	wrong = persona.CheckText(wrong, "message", "Message", persona.Clean(m.Message), sampleMessageLimit, false)
	if len(wrong) > 0 {
		return s.previewPage(c, http.StatusUnprocessableEntity, m, wrong)
	}
	return s.previewPage(c, http.StatusOK, m, nil)
}

func (s *Server) previewPage(c *call, status int, m views.Preview, wrong []persona.FieldError) error {
	a, err := s.answers(c)
	if err != nil {
		return err
	}
	m.Personas = a.personas
	if len(a.personas) > 0 && m.Left == "" {
		m.Left = a.personas[0].ID.String()
		m.Right = a.personas[min(1, len(a.personas)-1)].ID.String()
	}
	if len(wrong) == 0 {
		for _, chosen := range []string{m.Left, m.Right} {
			q := persona.Ask(a.workspace, nil, a.personas, a.settings, m.Channel)
			if len(a.personas) > 0 {
				i := slices.IndexFunc(a.personas, func(p persona.Persona) bool { return p.ID.String() == chosen })
				if i < 0 {
					return persona.ErrNotFound
				}
				q.Default = &a.personas[i]
			}
			r := persona.Resolve(q)
			draft := drafting.Compose(r, drafting.Inbound{Lead: m.Lead, Body: persona.Clean(m.Message)})
			m.Drafts = append(m.Drafts, views.PreviewDraft{Name: views.AnswerName(r), Text: draft.Text, Segments: draft.Segments})
			if len(a.personas) < 2 {
				break // there is nothing to stand beside it
			}
		}
	}
	shell := s.shell(c, "Preview", "preview")
	shell.Errors = wrong
	return s.page(c, status, views.PreviewPage(shell, m))
}
