package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
	"personae/web/problem"
)

// Limits of what is typed to try a persona, in characters: those of what leads
// send.
const (
	sampleNameLimit    = 200
	sampleMessageLimit = 20000
)

// Each preview that a model writes costs money, so only so many are written at
// the same time: by one process, and for one person or program.
const (
	previewsAtOnce = 8
	previewsOfOne  = 2
)

// preview shows a form to try two personas on a sample message, or on one that
// a lead wrote. Nothing of it is ever stored.
func (s *Server) preview(c *call) error {
	message, err := optionalID(c.QueryParam("message"))
	if err != nil {
		return err
	}
	t, err := s.DB.PreviewData(c.ctx(), c.access, message)
	if err != nil {
		return err
	}
	m := views.Preview{Channel: persona.Email, Lead: persona.SampleLead(),
		Message: "Thank you for your note. What does it cost, and how long does it take to set up?"}
	if len(t.Personas) > 0 {
		m.Left = t.Personas[0].ID.String()
		m.Right = t.Personas[min(1, len(t.Personas)-1)].ID.String()
	}
	if t.Message != nil {
		from := previewMessage(*t.Message)
		m.From, m.Channel, m.Lead, m.Message = &from, t.Message.Channel, t.Message.Lead.Recipient, t.Message.Body
		if of := t.Message.Persona; of.Valid && of.UUID.String() != m.Left {
			m.Left, m.Right = of.UUID.String(), m.Left // who would answer, and the default beside it
		}
	}
	trials, err := trials(c, t, m, sides(t, m))
	if err != nil {
		return err
	}
	if !s.Drafter.Model() { // which is asked only when somebody presses the button
		m.Drafts = composed(trials)
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
	t, err := s.DB.PreviewData(c.ctx(), c.access, uuid.NullUUID{})
	if err != nil {
		return err
	}
	if wrong := checkSample(m); len(wrong) > 0 {
		return s.previewPage(c, http.StatusUnprocessableEntity, t, m, wrong)
	}
	trials, err := trials(c, t, m, sides(t, m))
	if err != nil {
		return err
	}
	if !s.Drafter.Model() {
		m.Drafts, m.Asked = composed(trials), true
		return s.previewPage(c, http.StatusOK, t, m, nil)
	}
	err = s.inTurn(c, func() error {
		if strings.Contains(c.Request().Header.Get("Accept"), streamType) {
			return s.streamPreview(c, m, trials)
		}
		m.Drafts, m.Asked = s.written(c, trials), true
		if c.patience().Err() != nil {
			return c.NoContent(statusGone)
		}
		return s.previewPage(c, http.StatusOK, t, m, nil)
	})
	if errors.Is(err, problem.ErrBusy) {
		return s.previewPage(c, http.StatusTooManyRequests, t, m, []persona.FieldError{{
			Message: "The model writes as many previews as it may at once. Nothing was asked of it. Wait a few seconds, then press the button again"}})
	}
	return err
}

// checkSample returns what is wrong with what was typed to try a persona.
func checkSample(m views.Preview) []persona.FieldError {
	var wrong []persona.FieldError
	wrong = persona.CheckText(wrong, "first_name", "First name", persona.Clean(m.Lead.FirstName), sampleNameLimit, true)
	wrong = persona.CheckText(wrong, "last_name", "Last name", persona.Clean(m.Lead.LastName), sampleNameLimit, true)
	wrong = persona.CheckText(wrong, "company", "Company", persona.Clean(m.Lead.Company), sampleNameLimit, true)
	return persona.CheckText(wrong, "message", "Message", persona.Clean(m.Message), sampleMessageLimit, false)
}

// statusGone is for the log: whoever asked is gone, and gets no answer.
const statusGone = 499

// inTurn asks the model for somebody, or fails with problem.ErrBusy.
func (s *Server) inTurn(c *call, ask func() error) error {
	sender := c.access.Sender().UUID
	if !s.previews.take(sender) {
		c.Response().Header().Set("Retry-After", "5")
		return problem.ErrBusy
	}
	defer s.previews.give(sender)
	return ask()
}

// written has the model write all trials, and returns them when all are there.
func (s *Server) written(c *call, trials []trial) []views.PreviewDraft {
	s.mayTake(c, 0)
	drafts := make([]views.PreviewDraft, len(trials))
	s.write(c.patience(), c, trials, nil, func(i int, d views.PreviewDraft) { drafts[i] = d })
	s.mayTake(c, sendTime)
	return drafts
}

func (s *Server) previewPage(c *call, status int, t postgres.PreviewData, m views.Preview, wrong []persona.FieldError) error {
	m.Personas, m.Model = t.Personas, s.Drafter.Model()
	for _, message := range t.Recent {
		m.Recent = append(m.Recent, previewMessage(message))
	}
	shell := s.shell(c, "Preview", "preview")
	shell.Errors = wrong
	return s.page(c, status, views.PreviewPage(shell, m))
}

func previewMessage(m lead.Example) views.PreviewMessage {
	return views.PreviewMessage{LeadMessage: views.LeadMessage{ID: m.ID, Channel: m.Channel, Body: m.Body, At: m.SentAt}, Lead: m.Lead.ID, Name: m.Lead.Name()}
}

// trial is one persona, and the lead and its message that it is tried on.
type trial struct {
	answer  persona.Resolution
	to      persona.Recipient
	message string
}

// sides returns the two personas that the page shows, or the one, where there is
// none to stand beside it.
func sides(t postgres.PreviewData, m views.Preview) []string {
	if len(t.Personas) < 2 {
		return []string{m.Left}
	}
	return []string{m.Left, m.Right}
}

// trials returns the trials of the chosen personas, where "" is the default. Where there
// is no persona, the settings speak whatever was chosen.
func trials(c *call, t postgres.PreviewData, m views.Preview, chosen []string) ([]trial, error) {
	var list []trial
	for _, id := range chosen {
		q := persona.NewResolveInput(c.access.Name(), nil, t.Personas, t.Settings, m.Channel)
		if len(t.Personas) > 0 && id != "" {
			i := slices.IndexFunc(t.Personas, func(p persona.Persona) bool { return p.ID.String() == id })
			if i < 0 {
				return nil, persona.ErrNotFound
			}
			q.Default = &t.Personas[i]
		}
		list = append(list, trial{persona.Resolve(q), m.Lead, persona.Clean(m.Message)})
	}
	return list, nil
}

func (t trial) composed() views.PreviewDraft {
	draft := drafting.Compose(t.answer, t.to, t.message)
	return views.PreviewDraft{Name: views.AnswerName(t.answer), Text: draft.Text, Segments: draft.Segments}
}

func composed(trials []trial) []views.PreviewDraft {
	var drafts []views.PreviewDraft
	for _, t := range trials {
		drafts = append(drafts, t.composed())
	}
	return drafts
}

// write has the model write all trials at the same time. Each is given to done
// once, whatever becomes of it, and its text to onText as it comes, which may be
// nil; both are called by several goroutines at once. The end of ctx ends it
// early.
func (s *Server) write(ctx context.Context, c *call, trials []trial, onText func(i int, text string), done func(i int, d views.PreviewDraft)) {
	var all sync.WaitGroup
	for i, t := range trials {
		all.Go(func() {
			var to func(string)
			if onText != nil {
				to = func(text string) { onText(i, text) }
			}
			d, err := s.draft(ctx, t, to)
			shown := views.PreviewDraft{Name: views.AnswerName(t.answer), Text: d.Text, Segments: d.Segments, ByModel: true}
			if err != nil {
				if ctx.Err() == nil {
					s.Log.WarnContext(ctx, "the model wrote no preview", "requestId", requestID(c), "error", err)
				}
				shown = t.composed()
				shown.Problem = views.NotByModel(err)
			}
			done(i, shown)
		})
	}
	all.Wait()
}

// draft asks the model. A panic here would not be the request's alone.
func (s *Server) draft(ctx context.Context, t trial, onText func(string)) (d drafting.Reply, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return s.Drafter.Draft(ctx, t.answer, t.to, t.message, onText)
}

// streamType is what the page's script asks for: a JSON object a line.
const streamType = "application/x-ndjson"

// sendTime is how long sending an answer, or a part of one, may take after a
// model was waited for.
const sendTime = 10 * time.Second

// previewPart is a line of a streamed preview.
type previewPart struct {
	Draft *int   `json:"draft,omitempty"` // which of them it is about; absent: both
	Text  string `json:"text,omitempty"`  // words that follow those before
	HTML  string `json:"html,omitempty"`  // what takes the place of what is shown of it
	Done  bool   `json:"done,omitempty"`  // nothing follows
}

// streamPreview sends the drafts as the model writes them. What could be refused
// has been by now, so there is nothing that a status could still tell.
func (s *Server) streamPreview(c *call, m views.Preview, trials []trial) error {
	ctx, cancel := context.WithCancel(c.patience())
	defer cancel()
	var mu sync.Mutex
	send := func(p previewPart) {
		mu.Lock()
		defer mu.Unlock()
		s.mayTake(c, sendTime)
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
	for _, t := range trials {
		m.Drafts = append(m.Drafts, views.PreviewDraft{Name: views.AnswerName(t.answer), Writing: true})
	}
	var begun bytes.Buffer
	if err := views.PreviewDrafts(m).Render(ctx, &begun); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Type", streamType)
	c.Response().WriteHeader(http.StatusOK)
	send(previewPart{HTML: begun.String()})
	s.write(ctx, c, trials, func(i int, text string) { send(previewPart{Draft: &i, Text: text}) }, func(i int, d views.PreviewDraft) {
		var section bytes.Buffer
		if err := views.PreviewDraftSection(d).Render(context.WithoutCancel(ctx), &section); err != nil {
			s.Log.ErrorContext(ctx, "a part of a preview failed", "requestId", requestID(c), "error", err)
			cancel()
			return
		}
		send(previewPart{Draft: &i, HTML: section.String()})
	})
	if ctx.Err() == nil {
		send(previewPart{Done: true})
	}
	return nil
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

// turns counts what people and programs have under way. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	all   int
	taken map[uuid.UUID]int // by person, or a program's token
}

// take begins one for a person or a program, unless too many are under way.
func (t *turns) take(sender uuid.UUID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= previewsAtOnce || t.taken[sender] >= previewsOfOne {
		return false
	}
	if t.taken == nil {
		t.taken = map[uuid.UUID]int{}
	}
	t.all++
	t.taken[sender]++
	return true
}

// give ends one.
func (t *turns) give(sender uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.taken[sender]--; t.taken[sender] == 0 {
		delete(t.taken, sender)
	}
}
