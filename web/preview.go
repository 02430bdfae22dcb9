package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
	"personae/web/api"
)

// preview shows a form to try two personas on a sample message, or on one that
// a lead wrote. Nothing of it is ever stored.
func (s *Server) preview(c *call) error {
	message, err := optionalID(c.QueryParam("message"))
	if err != nil {
		return err
	}
	t, err := s.DB.PreviewData(c.ctx(), c.access, message, c.offer())
	if err != nil {
		return err
	}
	m := views.Preview{Channel: persona.Email, Lead: persona.SampleLead(),
		Message: c.tr("Thank you for your note. What does it cost, and how long does it take to set up?")}
	if len(t.Personas) > 0 {
		m.Left = t.Personas[0].ID.String()
		m.Right = t.Personas[min(1, len(t.Personas)-1)].ID.String()
	}
	if t.Message != nil {
		m.From, m.Channel, m.Lead, m.Message = t.Message, t.Message.Channel, t.Message.Lead.Recipient, t.Message.Body
		if of := t.Message.Persona; of.Valid && of.UUID.String() != m.Left {
			m.Left, m.Right = of.UUID.String(), m.Left // who would answer, and the default beside it
		}
	}
	previews, err := previews(c, t, m)
	if err != nil {
		return err
	}
	if !s.Drafter.Model() { // which is asked only when somebody presses the button
		m.Drafts = composed(s.zoned(c), previews)
	}
	return s.previewPage(c, http.StatusOK, t, m, nil)
}

// previewForm says which personas are tried on which message.
type previewForm struct {
	Left      string          `form:"left"`
	Right     string          `form:"right"`
	Channel   persona.Channel `form:"channel"`
	Message   string          `form:"message"`
	FirstName string          `form:"first_name"`
	LastName  string          `form:"last_name"`
	Company   string          `form:"company"`
}

func (c *call) previewForm() (views.Preview, error) {
	form, err := decode[previewForm](c)
	if err != nil {
		return views.Preview{}, err
	}
	m := views.Preview{Left: form.Left, Right: form.Right, Channel: form.Channel, Message: form.Message,
		Lead: persona.Recipient{FirstName: form.FirstName, LastName: form.LastName, Company: form.Company}}
	if !slices.Contains(persona.Channels(), m.Channel) {
		m.Channel = persona.Email
	}
	return m, nil
}

// tryPreview does it with what was typed.
func (s *Server) tryPreview(c *call) error {
	m, err := c.previewForm()
	if err != nil {
		return err
	}
	t, err := s.DB.PreviewData(c.ctx(), c.access, uuid.NullUUID{}, persona.Offer{}, m.Chosen()...)
	if err != nil {
		return err
	}
	if wrong := (drafting.Sample{Lead: m.Lead, Message: m.Message}).Check(); len(wrong) > 0 {
		return s.previewPage(c, http.StatusUnprocessableEntity, t, m, wrong)
	}
	previews, err := previews(c, t, m)
	if err != nil {
		return err
	}
	if !s.Drafter.Model() {
		m.Drafts, m.Asked = composed(s.zoned(c), previews), true
		return s.previewPage(c, http.StatusOK, t, m, nil)
	}
	api.StepAside(c.ctx())
	err = s.turns.Do(c.ctx(), c.access, func() error {
		if strings.Contains(c.Request().Header.Get("Accept"), streamType) {
			return s.streamPreview(c, m, previews)
		}
		m.Drafts, m.Asked = s.written(c, previews), true
		if c.patience().Err() != nil {
			return c.NoContent(api.StatusGone)
		}
		return s.previewPage(c, http.StatusOK, t, m, nil)
	})
	if errors.Is(err, drafting.ErrBusy) {
		c.Response().Header().Set("Retry-After", "5")
		return s.previewPage(c, http.StatusTooManyRequests, t, m, []persona.FieldError{{
			Message: i18n.Say("The model writes as many previews as it may at once. Nothing was asked of it. Wait a few seconds, then press the button again")}})
	}
	return err
}

// written has the model write all previews, and returns them when all are there.
func (s *Server) written(c *call, previews []drafting.Preview) []views.PreviewDraft {
	s.mayTake(c, 0)
	drafts := make([]views.PreviewDraft, len(previews))
	s.Drafter.Try(c.patience(), previews, nil, func(i int,
		t drafting.Tried) {
		drafts[i] = s.triedDraft(c.patience(), c, previews[i], t)
	})
	s.mayTake(c, api.SendTime)
	return drafts
}

func (s *Server) previewPage(
	c *call, status int, t postgres.PreviewData, m views.Preview, wrong []persona.FieldError,
) error {
	m.Personas, m.Offer, m.Recent, m.Model = t.Personas, t.Offer, t.Recent, s.Drafter.Model()
	shell := s.shell(c, c.tr("Preview"), "preview")
	shell.Errors = wrong
	return s.page(c, status, views.PreviewPage(shell, m))
}

// previews returns those of the two personas that the page shows, or of the one,
// where there is none to stand beside it.
func previews(c *call, t postgres.PreviewData, m views.Preview) ([]drafting.Preview, error) {
	chosen := []string{m.Left, m.Right}
	if len(t.Personas) < 2 {
		chosen = chosen[:1]
	}
	speakers := drafting.Speakers{Workspace: c.access.Name(), Personas: t.Personas, Settings: t.Settings}
	return speakers.Previews(chosen, m.Channel, drafting.Sample{Lead: m.Lead, Message: m.Message})
}

func composed(ctx context.Context, previews []drafting.Preview) []views.PreviewDraft {
	var drafts []views.PreviewDraft
	for _, p := range previews {
		drafts = append(drafts, shownDraft(ctx, p, p.Composed()))
	}
	return drafts
}

func shownDraft(ctx context.Context, p drafting.Preview, t drafting.Tried) views.PreviewDraft {
	return views.PreviewDraft{Name: views.AnswerName(ctx, p.Answer), Text: t.Text, Segments: t.Segments, ByModel: t.ByModel}
}

// triedDraft is shownDraft of what a model was asked to write, and notes why it did
// not.
func (s *Server) triedDraft(ctx context.Context, c *call, p drafting.Preview, t drafting.Tried) views.PreviewDraft {
	d := shownDraft(ctx, p, t)
	if t.Err != nil {
		if ctx.Err() == nil {
			s.Log.WarnContext(ctx, "the model wrote no preview", "requestId", requestID(c), "error", t.Err)
		}
		d.Problem = views.NotByModel(t.Err).In(c.ctx())
	}
	return d
}

// streamType is what the page's script asks for: a JSON object a line.
const streamType = "application/x-ndjson"

// previewPart is a line of a streamed preview.
type previewPart struct {
	Draft *int   `json:"draft,omitempty"` // which of them it is about; absent: both
	Text  string `json:"text,omitempty"`  // words that follow those before
	HTML  string `json:"html,omitempty"`  // what takes the place of what is shown of it
	Done  bool   `json:"done,omitempty"`  // nothing follows
}

// stream answers with parts as they are written: the first, and what write then sends, also
// from several goroutines at once. HTML is that of the component, if there is one. What could be
// refused has been by now, so there is nothing that a status could still tell.
func (s *Server) stream(
	c *call, first templ.Component, write func(ctx context.Context, send func(previewPart, templ.Component)),
) error {
	ctx, cancel := context.WithCancel(c.patience())
	defer cancel()
	shown := context.WithoutCancel(s.zoned(c))
	render := func(component templ.Component) (string, error) {
		var body bytes.Buffer
		err := component.Render(views.WithComparing(shown), &body)
		return string(s.linked(&body)), err
	}
	var mu sync.Mutex
	send := func(p previewPart) {
		mu.Lock()
		defer mu.Unlock()
		s.mayTake(c, api.SendTime)
		line, err := json.Marshal(p)
		if err == nil {
			_, err = c.Response().Write(append(line, '\n'))
		}
		if err != nil {
			cancel() // nobody reads it
			return
		}
		c.Response().Flush()
	}
	begun, err := render(first)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Type", streamType)
	c.Response().Header().Set("X-Accel-Buffering", "no") // else nginx sends it once it is whole
	c.Response().WriteHeader(http.StatusOK)
	send(previewPart{HTML: begun})
	write(ctx, func(p previewPart, component templ.Component) {
		if component != nil {
			html, err := render(component)
			if err != nil {
				s.Log.ErrorContext(ctx, "a part of a preview failed", "requestId", requestID(c), "error", err)
				cancel()
				return
			}
			p.HTML = html
		}
		send(p)
	})
	if ctx.Err() == nil {
		send(previewPart{Done: true})
	}
	return nil
}

// streamPreview sends the drafts as the model writes them.
func (s *Server) streamPreview(c *call, m views.Preview, previews []drafting.Preview) error {
	for _, p := range previews {
		m.Drafts = append(m.Drafts, views.PreviewDraft{Name: views.AnswerName(s.zoned(c), p.Answer), Writing: true})
	}
	return s.stream(c, views.PreviewDrafts(m), func(ctx context.Context, send func(previewPart, templ.Component)) {
		onText := func(i int, text string) { send(previewPart{Draft: &i, Text: text}, nil) }
		s.Drafter.Try(ctx, previews, onText, func(i int, t drafting.Tried) {
			send(previewPart{Draft: &i}, views.PreviewDraftSection(s.triedDraft(ctx, c, previews[i], t)))
		})
	})
}

// mayTake lets sending the answer take so long from now; 0: without end, while a
// model is waited for, which has a limit of its own.
func (*Server) mayTake(c *call, long time.Duration) {
	var until time.Time
	if long > 0 {
		until = time.Now().Add(long)
	}
	// Where that cannot be set, there is no limit to lift.
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(until)
}
