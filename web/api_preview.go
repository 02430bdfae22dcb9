package web

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/views"
)

// tried is what a program is given of one preview.
type tried struct {
	PersonaID   uuid.NullUUID `json:"personaId"`
	Name        *string       `json:"name"`
	PersonaName string        `json:"personaName"`
	Text        string        `json:"text"`
	Segments    int           `json:"segments"`
	By          string        `json:"by"`
	Problem     *string       `json:"problem"`
}

// apiPreview tries one or two personas on a message. Nothing of it is stored,
// unless an Idempotency-Key asks that the answer be kept.
func (s *Server) apiPreview(c *call) error {
	var answer []tried
	err := s.asOnce(c, &answer, func() error {
		trials, err := s.apiTrials(c)
		if err != nil {
			return err
		}
		drafts := composed(trials)
		if s.Drafter.Model() {
			err = s.inTurn(c, func() error {
				drafts = s.written(c, trials)
				return c.patience().Err()
			})
		}
		if err != nil {
			return err
		}
		for i, d := range drafts {
			of := trials[i].answer
			t := tried{PersonaID: of.PersonaID, PersonaName: of.Voice.DisplayName, Text: d.Text, Segments: d.Segments, By: "composer"}
			if of.PersonaID.Valid {
				t.Name = &of.PersonaName
			}
			if d.Problem != "" {
				t.Problem = &d.Problem
			} else if d.ByModel {
				t.By = "model"
			}
			answer = append(answer, t)
		}
		return nil
	})
	switch {
	case c.patience().Err() != nil:
		return c.NoContent(statusGone)
	case err != nil:
		return err
	}
	return c.done(http.StatusOK, answer)
}

// apiTrials reads whom to try, and on which message.
func (s *Server) apiTrials(c *call) ([]trial, error) {
	var personas []string
	var channel, named, body string
	var lead persona.Recipient
	given, err := c.readJSON(object{"personaIds": &personas, "channel": &channel, "messageId": &named, "message": &body,
		"firstName": &lead.FirstName, "lastName": &lead.LastName, "company": &lead.Company})
	switch {
	case err != nil:
		return nil, err
	case len(personas) > 2:
		return nil, invalid("personaIds", "personaIds must name one persona or two")
	case given["message"] == (named != ""):
		return nil, invalid("message", "Send message, which is what the lead wrote, or messageId, which is one of its messages")
	case named != "" && (given["firstName"] || given["lastName"] || given["company"]):
		return nil, invalid("messageId", "firstName, lastName and company are those of the message's lead. Send them with message only")
	case channel != "" && !slices.Contains(persona.Channels(), persona.Channel(channel)):
		return nil, invalid("channel", "The channel must be email, sms or linkedin")
	}
	message, err := optionalID(named)
	if err != nil {
		return nil, err
	}
	t, err := s.DB.PreviewData(c.ctx(), c.access, message)
	if err != nil {
		return nil, err
	}
	m := views.Preview{Channel: persona.Email, Lead: lead, Message: body}
	if t.Message != nil {
		m.Channel, m.Lead, m.Message = t.Message.Channel, t.Message.Lead.Recipient, t.Message.Body
	}
	if channel != "" {
		m.Channel = persona.Channel(channel)
	}
	if wrong := checkSample(m); len(wrong) > 0 {
		return nil, &persona.InvalidError{Fields: wrong}
	}
	switch {
	case len(personas) == 0:
		personas = []string{""}
	case len(t.Personas) == 0:
		return nil, persona.ErrNotFound
	}
	return trials(c, t, m, personas)
}
