package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/persona"
	"personae/views"
	"personae/web/api"
)

// trialForm says on which messages a voice is tried.
type trialForm struct {
	Size      string            `form:"size"`
	Campaigns []uuid.UUID       `form:"campaign"`
	Channels  []persona.Channel `form:"channel"`
}

func (f trialForm) filter() persona.TrialFilter {
	size, _ := optionalNumber(f.Size)
	t := persona.TrialFilter{Size: size, Campaigns: f.Campaigns, Channels: f.Channels}.Tidy()
	if len(t.Channels) == len(persona.Channels()) {
		t.Channels = nil
	}
	return t
}

// trial shows what a persona would have answered to the last messages as the default. A
// model is asked only when somebody presses the button.
func (s *Server) trial(c *call) error {
	t, err := s.trialOf(c, personaForm{}, trialForm{}, false)
	if err != nil {
		return err
	}
	if !s.Drafter.Model() {
		s.tryAll(c.ctx(), c, &t, func(int) {})
	} else {
		t.Tried = nil
	}
	return s.trialPage(c, t)
}

// tryTrial does it with what was chosen, and with the words of an edit where some were
// typed. Nothing of it is ever stored.
func (s *Server) tryTrial(c *call) error {
	chosen, form, err := c.trialForms()
	if err != nil {
		return err
	}
	edited := form.typed.Has("name")
	if edited {
		if _, err := form.chosen().Validate(); err != nil {
			id, malformed := c.id("p")
			return errors.Join(malformed, s.editAgain(c, id, form, err))
		}
	}
	t, err := s.trialOf(c, form, chosen, edited)
	if err != nil {
		return err
	}
	t.Asked = true
	if !s.Drafter.Model() || len(t.pairs) == 0 {
		s.tryAll(c.ctx(), c, &t, func(int) {})
		return s.trialPage(c, t)
	}
	api.StepAside(c.ctx())
	err = s.turns.Do(c.ctx(), c.access, func() error { return s.askedTrial(c, t) })
	if errors.Is(err, drafting.ErrBusy) {
		c.Response().Header().Set("Retry-After", "5")
		t.Tried, t.wrong = nil, oneError("", "The model writes as many previews as it may at once. Nothing was asked of it. "+
			"Wait a few seconds, then press the button again")
		t.status = http.StatusTooManyRequests
		return s.trialPage(c, t)
	}
	return err
}

func (c *call) trialForms() (trialForm, personaForm, error) {
	// Both read the same form, in which the lists of the one may come more than once.
	form, err := decode[struct {
		trialForm
		personaForm
	}](c)
	form.typed = c.Request().PostForm
	return form.trialForm, form.personaForm, err
}

// askedTrial has the model write, and shows the answers as they come where a script asks.
func (s *Server) askedTrial(c *call, t triedVoices) error {
	if strings.Contains(c.Request().Header.Get("Accept"), streamType) {
		return s.streamTrial(c, t)
	}
	s.mayTake(c, 0)
	s.tryAll(c.patience(), c, &t, func(int) {})
	s.mayTake(c, api.SendTime)
	if c.patience().Err() != nil {
		return c.NoContent(api.StatusGone)
	}
	return s.trialPage(c, t)
}

// triedVoices is a trial as its page shows it, and what is to be written for it.
type triedVoices struct {
	views.Trial
	pairs  []drafting.Pair
	status int
	wrong  []persona.FieldError
}

func (s *Server) trialOf(c *call, form personaForm, chosen trialForm, edited bool) (triedVoices, error) {
	t := triedVoices{status: http.StatusOK}
	id, err := c.id("p")
	if err != nil {
		return t, err
	}
	d, err := s.DB.TrialData(c.ctx(), c.access, id, edited, chosen.filter())
	if err != nil {
		return t, err
	}
	t.Trial = views.Trial{Present: d.Present, Next: d.Next, Filter: chosen.filter(), Campaigns: d.Campaigns, More: d.More,
		Model: s.Drafter.Model(), Tried: []views.TriedMessage{}}
	if edited {
		t.Next.Content, t.Typed = form.chosen().Clean(), typedWords(form.typed)
	}
	if !edited && d.Present.ID == d.Next.ID {
		return t, nil
	}
	for _, message := range d.Messages {
		as := func(p persona.Persona) drafting.Preview {
			return drafting.Preview{Answer: drafting.Resolve(persona.ResolveInput{Workspace: c.access.Name(), Default: &p,
				Channel: message.Channel}, message.Body), Sample: drafting.Sample{Lead: message.Lead.Recipient, Message: message.Body}}
		}
		t.pairs = append(t.pairs, drafting.Pair{Present: as(t.Present), Next: as(t.Next)})
		t.Tried = append(t.Tried, views.TriedMessage{Example: message, Writing: true})
	}
	return t, nil
}

// typedWords returns what was typed in the form of a persona.
func typedWords(form url.Values) []views.Hidden {
	list := []views.Hidden{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if _, own := map[string]bool{"size": true, "campaign": true, "channel": true}[name]; !own {
			list = append(list, views.Hidden{Name: name, Value: form.Get(name)})
		}
	}
	return list
}

// tryAll writes all answers, and calls done after each, which must not be slow.
func (s *Server) tryAll(ctx context.Context, c *call, t *triedVoices, done func(i int)) {
	var mu sync.Mutex
	s.Drafter.Compare(ctx, t.pairs, func(i int, a drafting.Answers) {
		mu.Lock()
		defer mu.Unlock()
		m := &t.Tried[i]
		m.Writing, m.Present, m.Next = false, a.Present.Text, a.Next.Text
		m.Segments = [2]int{a.Present.Segments, a.Next.Segments}
		if a.Err != nil {
			if ctx.Err() == nil {
				s.Log.WarnContext(ctx, "the model wrote no preview", "requestId", requestID(c), "error", a.Err)
			}
			m.Problem = views.NotByModel(a.Err).In(c.ctx())
		}
		done(i)
	})
}

// streamTrial sends the answers as they are written, and how far it is with each.
func (s *Server) streamTrial(c *call, t triedVoices) error {
	t.Asked = false // the script moves the focus
	shell := s.trialShell(c, t)
	return s.stream(c, views.TrialAnswers(shell, t.Trial), func(ctx context.Context, send func(previewPart, templ.Component)) {
		s.tryAll(ctx, c, &t, func(i int) {
			first, place := 0, i+1
			send(previewPart{Draft: &place}, views.TrialMessage(shell, t.Trial, i, t.Tried[i]))
			send(previewPart{Draft: &first}, views.TrialProgress(t.Trial))
		})
	})
}

func (s *Server) trialShell(c *call, t triedVoices) views.Shell {
	title := c.tr("Try %s on the last messages", persona.Isolate(t.Next.Name))
	if t.Edited() {
		title = c.tr("Try your changes of %s on the last messages", persona.Isolate(t.Present.Name))
	}
	shell := s.shell(c, title, "personas")
	shell.Errors = t.wrong
	return shell
}

func (s *Server) trialPage(c *call, t triedVoices) error {
	return s.page(c, t.status, views.TrialPage(s.trialShell(c, t), t.Trial))
}

// evidenceForm says which versions somebody compared.
type evidenceForm struct {
	Present        uuid.UUID `form:"present"`
	PresentVersion string    `form:"present_version"`
	openedAt
}

// keepTrial keeps what somebody thought of a trial, and shows the switch with it.
func (s *Server) keepTrial(c *call) error {
	trial, err := s.judgedTrial(c)
	if err != nil {
		return err
	}
	c.formOnce()
	kept, err := s.DB.KeepTrial(c.ctx(), c.access, trial)
	if err != nil {
		return err
	}
	return s.redirect(c, c.personaPath(trial.To.ID)+"/impact", views.TrialKept(s.zoned(c), kept))
}

func (s *Server) judgedTrial(c *call) (persona.Trial, error) {
	var t persona.Trial
	id, err := c.id("p")
	if err != nil {
		return t, err
	}
	form, err := decode[evidenceForm](c)
	if err != nil {
		return t, err
	}
	was, err := openedAt{Version: form.PresentVersion}.version()
	if err != nil {
		return t, err
	}
	now, err := form.version()
	if err != nil {
		return t, err
	}
	t = verdictsIn(c.Request().PostForm)
	t.From, t.To = persona.VoiceAt{ID: form.Present, Version: was}, persona.VoiceAt{ID: id, Version: now}
	return t, nil
}

const judged = "judged_"

// verdictsIn counts the verdicts in a form, which has a field for each message.
func verdictsIn(form url.Values) (t persona.Trial) {
	for name := range form {
		if strings.HasPrefix(name, judged) && t.Messages() < persona.MostTried {
			t.Judge(persona.Verdict(form.Get(name)))
		}
	}
	return t
}

// trialKept asks again to keep what was judged.
func (s *Server) trialKept(c *call) error {
	trial, err := s.judgedTrial(c)
	if err != nil {
		return err
	}
	t, err := s.trialOf(c, personaForm{}, trialForm{}, false)
	if err != nil {
		return err
	}
	t.Present.ID, t.Present.Version, t.Next.Version = trial.From.ID, trial.From.Version, trial.To.Version
	t.Verdicts = []views.Hidden{}
	for _, h := range typedWords(c.Request().PostForm) {
		if strings.HasPrefix(h.Name, judged) {
			t.Verdicts = append(t.Verdicts, h)
		}
	}
	t.wrong = keptErrors()
	return s.trialPage(c, t)
}

// tryKept shows the page, or the form whose words were to be tried, again.
func (s *Server) tryKept(c *call) error {
	chosen, form, err := c.trialForms()
	if err != nil {
		return err
	}
	if form.typed.Has("name") {
		return s.editKept(c)
	}
	t, err := s.trialOf(c, personaForm{}, chosen, false)
	if err != nil {
		return err
	}
	t.Tried, t.wrong = nil, keptErrors()
	return s.trialPage(c, t)
}
