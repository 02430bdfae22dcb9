package drafting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Limits of what is sent to try a persona on, in characters: those of what leads
// send.
const (
	SampleNameLimit    = 200
	SampleMessageLimit = 20000
)

// Sample is a message to try a persona on, and who wrote it.
type Sample struct {
	Lead    persona.Recipient
	Message string
}

// Check returns what is wrong with a sample.
func (s Sample) Check() []persona.FieldError {
	var wrong []persona.FieldError
	wrong = persona.CheckText(wrong, "first_name", i18n.N("First name"), persona.CleanLine(s.Lead.FirstName), SampleNameLimit,
		true)
	wrong = persona.CheckText(wrong, "last_name", i18n.N("Last name"), persona.CleanLine(s.Lead.LastName), SampleNameLimit, true)
	wrong = persona.CheckText(wrong, "company", i18n.N("Company"), persona.CleanLine(s.Lead.Company), SampleNameLimit, true)
	return persona.CheckText(wrong, "message", i18n.N("Message"), persona.Clean(s.Message), SampleMessageLimit, false)
}

// Speakers is who may speak in a preview: a workspace's personas, the default
// first, or its settings, where there is none.
type Speakers struct {
	Workspace string // its name
	Personas  []persona.Persona
	Settings  persona.Voice
}

// Preview is one persona and the message that it is tried on. Nothing of it is
// stored.
type Preview struct {
	Answer persona.Resolution
	Sample
}

// Previews returns one for each of the chosen personas, where "" is the default.
// Where there is no persona, the settings speak whatever was chosen. It fails
// with persona.ErrNotFound for an id that is none of theirs.
func (s Speakers) Previews(chosen []string, channel persona.Channel, sample Sample) ([]Preview, error) {
	sample.Message = persona.Clean(sample.Message)
	var list []Preview
	for _, id := range chosen {
		q := persona.NewResolveInput(s.Workspace, nil, s.Personas, s.Settings, channel)
		if len(s.Personas) > 0 && id != "" {
			i := slices.IndexFunc(s.Personas, func(p persona.Persona) bool { return p.ID.String() == id })
			if i < 0 {
				return nil, persona.ErrNotFound
			}
			q.Default = &s.Personas[i]
		}
		list = append(list, Preview{Resolve(q, sample.Message), sample})
	}
	return list, nil
}

// Tried is what became of a preview.
type Tried struct {
	Reply
	ByModel bool
	Err     error // why the model wrote nothing that could be used, so that the composer did; nil: it did, or none was asked
}

// Composed returns the preview as the composer writes it.
func (p Preview) Composed() Tried { return Tried{Reply: Compose(p.Answer, p.Lead, p.Message)} }

// Try has the model write all previews at the same time. Each is given to done
// once, whatever becomes of it, and its text to onText as it comes, which may be
// nil; both are called by several goroutines at once. The end of ctx ends it
// early, and so does that of TryTime.
func (d *Drafter) Try(
	ctx context.Context, previews []Preview, onText func(i int, text string), done func(i int, t Tried),
) {
	ctx, cancel := context.WithTimeout(ctx, TryTime)
	defer cancel()
	var all sync.WaitGroup
	for i, p := range previews {
		all.Go(func() {
			var to func(string)
			if onText != nil {
				to = func(text string) { onText(i, text) }
			}
			reply, err := d.guarded(ctx, p, to)
			if err != nil {
				tried := p.Composed()
				tried.Err = err
				done(i, tried)
				return
			}
			done(i, Tried{Reply: reply, ByModel: true})
		})
	}
	all.Wait()
}

// guarded asks the model. A panic here would not be the request's alone.
func (d *Drafter) guarded(ctx context.Context, p Preview, onText func(string)) (reply Reply, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return d.Draft(ctx, p.Answer, p.Lead, p.Message, onText)
}

// ErrBusy is as many previews under way as may be at once.
var ErrBusy = errors.New("the model writes as many previews as it may at once")
