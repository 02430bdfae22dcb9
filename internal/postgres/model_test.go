package postgres_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// world is one workspace by the rules of docs/architecture.md in plain Go: no
// database, no lock, one change after the other.
type world struct {
	personas  []*voice // the oldest first
	campaigns []campaign
	history   map[uuid.UUID][]version    // of each persona there ever was, from version 1
	settings  []settingsVersion          // from version 1; the last counts
	switches  map[uuid.UUID][2]uuid.UUID // event → whom from, whom to
	undone    map[uuid.UUID]uuid.UUID    // event → the switch that it took back

	kept      map[uuid.UUID]persona.Trial // the last of each persona that was tried
	proposals map[uuid.UUID]*persona.Proposal
	schedules map[uuid.UUID]*scheduled
	moves     []move               // of the default
	given     map[uuid.UUID][]move // of who answers for a campaign

	event uuid.UUID                   // of the change under way
	rev   int                         // its place
	plan  uuid.UUID                   // the proposal or schedule that it names
	made  func(name string) uuid.UUID // the id that the database gave to who is new in it
	look  bool                        // only ask whether it would be refused
}

type voice struct {
	id uuid.UUID
	persona.Content
	leads   bool
	version int
}

type campaign struct {
	id      uuid.UUID
	name    string
	persona uuid.NullUUID
}

type version struct {
	persona.Content
	leads, deleted bool
	event          uuid.UUID
}

type settingsVersion struct {
	persona.Settings
	event uuid.UUID
}

// seen is what a result tells of a persona; zero: nobody.
type seen struct {
	ID uuid.UUID
	persona.Content
	IsDefault          bool
	Version, Campaigns int
}

// answer is what an operation returns, however it is asked for.
type answer struct {
	Refused  string // why; empty: it was not
	Personas []seen
	Settings []persona.Settings
	Words    []string
	Numbers  []int
	Event    uuid.UUID
	Plan     uuid.UUID // a proposal or schedule that it made
}

func (a answer) equals(b answer) bool {
	return a.Refused == b.Refused && a.Event == b.Event && a.Plan == b.Plan && slices.Equal(a.Personas, b.Personas) &&
		slices.Equal(a.Settings, b.Settings) &&
		slices.Equal(a.Words, b.Words) && slices.Equal(a.Numbers, b.Numbers)
}

// Why an operation is refused.
const (
	notFound  = "not found"
	invalid   = "invalid"
	nameTaken = "name taken"
	exists    = "a persona exists"
	stale     = "stale"
	tooLate   = "too late"
	others    = "others are found than were shown"
)

func refuse(why string) answer { return answer{Refused: why} }

// accepted is what the model says while it only looks.
var accepted = refuse("the model would not refuse it")

func (w *world) change(do func() answer) answer {
	if w.look {
		return accepted
	}
	return do()
}

func newWorld(campaigns []campaign) *world {
	return &world{campaigns: slices.Clone(campaigns), history: map[uuid.UUID][]version{},
		switches: map[uuid.UUID][2]uuid.UUID{}, undone: map[uuid.UUID]uuid.UUID{}, proposals: map[uuid.UUID]*persona.Proposal{},
		kept:      map[uuid.UUID]persona.Trial{},
		schedules: map[uuid.UUID]*scheduled{}, given: map[uuid.UUID][]move{}}
}

// do does an operation and returns what the program must return too.
func (w *world) do(o operation) answer {
	was := w.leader()
	a := w.done(o)
	if is := w.leader(); is != was {
		m := move{rev: w.rev, scheduled: o.kind == stepping}
		if is != nil {
			m.to = uuid.NullUUID{UUID: is.id, Valid: true}
		}
		w.moves = append(w.moves, m)
	}
	return a
}

func (w *world) done(o operation) answer {
	switch o.kind {
	case importing:
		return w.importFrom()
	case creating:
		return w.create(o)
	case editing:
		return w.edit(o)
	case switching:
		return w.setDefault(o)
	case undoing:
		return w.undo(o)
	case deleting:
		return w.delete(o)
	case duplicating:
		return w.duplicate(o)
	case restoring:
		return w.restore(o)
	case assigning:
		return w.assign(o)
	case assigningMany:
		return w.assignMany(o)
	case savingSettings:
		return w.saveSettings(o)
	case loading:
		return w.load(o)
	case repairing:
		return answer{Personas: []seen{w.see(w.leader())}} // nothing is ever broken
	case trying:
		return w.keepTrial(o)
	case suggesting:
		return w.propose(o)
	case approving, declining, withdrawing:
		return w.decide(o)
	case scheduling:
		return w.schedule(o)
	case cancelling:
		return w.cancel(o)
	case stepping:
		return w.step(o)
	case lookingAhead:
		return w.ahead(o)
	case lookingAtPersonas, lookingAtList:
		var a answer
		for _, p := range w.personas {
			a.Personas = append(a.Personas, w.see(p))
		}
		sortByID(a.Personas)
		if o.kind == lookingAtPersonas {
			return a
		}
		for i, p := range a.Personas {
			a.Personas[i].Content = persona.Content{Name: p.Name, Voice: persona.Voice{
				DisplayName: p.DisplayName, Tone: p.Tone, Greeting: p.Greeting}}
		}
		a.Numbers = []int{len(w.personas), len(w.campaigns), len(w.history) - len(w.personas)}
		if len(w.personas) == 0 {
			a.Settings = []persona.Settings{{Voice: w.now().Voice}}
		}
		return a
	case lookingAtSettings:
		speaker := w.see(w.leader())
		speaker.Campaigns = 0 // which looking at the personas tells
		return answer{Settings: []persona.Settings{w.now()}, Personas: []seen{speaker}}
	}
	panic(o.kind)
}

func sortByID(list []seen) {
	slices.SortFunc(list, func(a, b seen) int { return strings.Compare(a.ID.String(), b.ID.String()) })
}

func (w *world) importFrom() answer {
	if len(w.personas) > 0 {
		return refuse(exists)
	}
	return w.change(func() answer {
		p := w.add(w.made("Default Persona"), persona.Content{Name: "Default Persona", Voice: w.now().Voice}, true)
		w.mirror()
		return answer{Personas: []seen{w.see(p)}}
	})
}

func (w *world) create(o operation) answer {
	switch {
	case o.content.Name == "":
		return refuse(invalid)
	case w.taken(o.content.Name, uuid.Nil):
		return refuse(nameTaken)
	}
	return w.change(func() answer {
		if !o.lead && len(w.personas) > 0 {
			return answer{Personas: []seen{w.see(w.add(w.made(o.content.Name), o.content, false)), {}}, Numbers: []int{0}}
		}
		before, was := w.now(), w.dethrone()
		p := w.add(w.made(o.content.Name), o.content, true)
		w.mirror()
		return answer{Personas: []seen{w.see(p), was}, Numbers: []int{w.see(p).Campaigns},
			Words: changes(before.Voice, p.Voice), Event: w.moved(was, p)}
	})
}

func (w *world) edit(o operation) answer {
	p := w.persona(o.id)
	switch {
	case o.content.Name == "":
		return refuse(invalid)
	case p == nil:
		return refuse(notFound)
	case p.version != o.version:
		return answer{Refused: stale, Personas: []seen{w.see(p), {Content: w.at(o.id, o.version)}}}
	case p.leads && o.choice == persona.ClearDefault:
		return refuse(invalid)
	case w.taken(o.content.Name, p.id):
		return refuse(nameTaken)
	}
	return w.change(func() answer {
		before, campaigns, was, event := w.now(), w.see(p).Campaigns, seen{}, uuid.Nil
		if !p.leads && o.choice == persona.MakeDefault {
			was = w.dethrone()
			event = w.moved(was, p)
			w.write(p, o.content, true)
		} else {
			w.write(p, o.content, p.leads)
		}
		a := answer{Event: event, Personas: []seen{w.see(p), was}, Numbers: []int{w.see(p).Campaigns - campaigns}}
		if p.leads {
			w.mirror()
			a.Words = changes(before.Voice, p.Voice)
		}
		return a
	})
}

func (w *world) setDefault(o operation) answer {
	p := w.persona(o.id)
	switch {
	case p == nil:
		return refuse(notFound)
	case p.leads:
		return answer{Personas: []seen{w.see(p), {}}, Numbers: []int{0, 1}, Event: w.undoable()}
	}
	return w.change(func() answer {
		before, tried := w.now(), w.kept[p.id]
		stands := tried.From == w.standing(w.leader()) && tried.To == w.standing(p)
		campaigns, was := w.see(p).Campaigns, w.dethrone()
		w.moved(was, p)
		w.write(p, p.Content, true)
		w.mirror()
		a := answer{Personas: []seen{w.see(p), was}, Numbers: []int{w.see(p).Campaigns - campaigns, 0},
			Words: changes(before.Voice, p.Voice), Event: w.event}
		if stands {
			a.Words = append(a.Words, toldTrial(tried))
		}
		return a
	})
}

// standing returns a persona as a trial names it.
func (w *world) standing(p *voice) persona.VoiceAt {
	return persona.VoiceAt{ID: p.id, Version: p.version, Name: p.Name}
}

// keepTrial keeps what somebody thought of two versions, which may be gone.
func (w *world) keepTrial(o operation) answer {
	t := o.trial
	if t.Messages() == 0 {
		return refuse(invalid)
	}
	for _, v := range []*persona.VoiceAt{&t.From, &t.To} {
		if v.Version < 1 || v.Version > len(w.history[v.ID]) {
			return refuse(notFound)
		}
		v.Name = w.at(v.ID, v.Version).Name
	}
	return w.change(func() answer {
		w.kept[t.To.ID] = t
		return answer{Words: []string{toldTrial(t)}}
	})
}

// moved notes that the default moves from one persona to another, and returns what that
// can be undone by.
func (w *world) moved(was seen, p *voice) uuid.UUID {
	if was.ID == uuid.Nil {
		return uuid.Nil
	}
	w.switches[w.event] = [2]uuid.UUID{was.ID, p.id}
	return w.event
}

// undoable returns the switch after which neither of its personas has changed.
func (w *world) undoable() uuid.UUID {
	p := w.leader()
	event := w.history[p.id][p.version-1].event
	s, ok := w.switches[event]
	if !ok || s[1] != p.id || !w.unchanged(s[0], event) {
		return uuid.Nil
	}
	return event
}

// unchanged reports whether a persona is still as an event left it.
func (w *world) unchanged(id, event uuid.UUID) bool {
	p := w.persona(id)
	return p != nil && w.history[id][p.version-1].event == event
}

// takenBack reports whether a switch was undone and the default is as that left it.
func (w *world) takenBack(event uuid.UUID) bool {
	p := w.leader()
	return p != nil && w.undone[w.history[p.id][p.version-1].event] == event
}

func (w *world) undo(o operation) answer {
	s, ok := w.switches[o.event]
	switch {
	case !ok:
		return refuse(notFound)
	case w.takenBack(o.event):
		return answer{Personas: []seen{w.see(w.leader()), {}}, Numbers: []int{0, 1}}
	case !w.unchanged(s[0], o.event) || !w.unchanged(s[1], o.event):
		return refuse(tooLate)
	}
	return w.change(func() answer {
		w.undone[w.event] = o.event
		p := w.persona(s[0])
		before, campaigns, was := w.now(), w.see(p).Campaigns, w.dethrone()
		w.write(p, p.Content, true)
		w.mirror()
		return answer{Personas: []seen{w.see(p), was}, Numbers: []int{w.see(p).Campaigns - campaigns, 0},
			Words: changes(before.Voice, p.Voice)}
	})
}

func (w *world) delete(o operation) answer {
	p := w.persona(o.id)
	if p == nil {
		return refuse(notFound)
	}
	if o.version != 0 && o.version != p.version {
		return answer{Refused: stale, Personas: []seen{w.see(p), {}}}
	}
	var heir *voice
	if p.leads && len(w.personas) > 1 {
		oldest := slices.IndexFunc(w.personas, func(v *voice) bool { return v != p })
		heir = w.personas[oldest]
		if o.other.Valid {
			heir = w.persona(o.other.UUID)
		}
		if heir == nil || heir == p {
			return refuse(notFound)
		}
	}
	return w.change(func() answer {
		gone, inherited, named := w.see(p), w.see(heir).Campaigns, 0
		for i, c := range w.campaigns {
			if c.persona.Valid && c.persona.UUID == p.id {
				w.campaigns[i].persona = uuid.NullUUID{}
				named++
			}
		}
		w.personas = slices.DeleteFunc(w.personas, func(v *voice) bool { return v == p })
		w.history[p.id] = append(w.history[p.id], version{p.Content, p.leads, true, w.event})
		if heir == nil {
			return answer{Personas: []seen{gone, {}}, Numbers: []int{named, 0}}
		}
		w.write(heir, heir.Content, true)
		w.mirror()
		return answer{Personas: []seen{gone, w.see(heir)}, Numbers: []int{named, w.see(heir).Campaigns - inherited},
			Words: changes(p.Voice, heir.Voice)}
	})
}

func (w *world) duplicate(o operation) answer {
	p := w.persona(o.id)
	if p == nil {
		return refuse(notFound)
	}
	return w.change(func() answer {
		c := p.Content
		for n := 1; n == 1 || w.taken(c.Name, uuid.Nil); n++ {
			suffix := " (copy)"
			if n > 1 {
				suffix = fmt.Sprintf(" (copy %d)", n)
			}
			stem := []rune(p.Name)
			c.Name = strings.TrimSpace(string(stem[:min(len(stem), 80-len(suffix))])) + suffix
		}
		return answer{Personas: []seen{w.see(w.add(w.made(c.Name), c, false))}}
	})
}

func (w *world) restore(o operation) answer {
	p := w.persona(o.id)
	if o.version < 1 || o.version > len(w.history[o.id]) {
		return refuse(notFound)
	}
	content := w.at(o.id, o.version)
	switch {
	case p == nil && o.now != 0:
		return answer{Refused: stale, Personas: []seen{{ID: o.id}, {}}}
	case p != nil && o.now != p.version:
		return answer{Refused: stale, Personas: []seen{w.see(p), {}}}
	case w.taken(content.Name, o.id):
		return refuse(nameTaken)
	}
	return w.change(func() answer {
		before := w.now()
		if p == nil {
			p = w.add(o.id, content, len(w.personas) == 0)
		} else {
			w.write(p, content, p.leads)
		}
		a := answer{Personas: []seen{w.see(p), {}}, Numbers: []int{0}}
		if p.leads {
			w.mirror()
			a.Words = changes(before.Voice, p.Voice)
		}
		return a
	})
}

func (w *world) assign(o operation) answer {
	i := slices.IndexFunc(w.campaigns, func(c campaign) bool { return c.id == o.campaigns[0] })
	p := w.persona(o.other.UUID)
	if i < 0 || o.other.Valid && p == nil {
		return refuse(notFound)
	}
	if w.campaigns[i].persona == o.other {
		return answer{Personas: []seen{w.see(p)}}
	}
	return w.change(func() answer {
		a := answer{Personas: []seen{w.see(p)}}
		w.give(i, o)
		return a
	})
}

// give has a persona, or the workspace default, answer for a campaign.
func (w *world) give(campaign int, o operation) {
	c := &w.campaigns[campaign]
	c.persona = o.other
	w.given[c.id] = append(w.given[c.id], move{w.rev, o.kind == stepping, o.other})
}

func (w *world) assignMany(o operation) answer {
	p := w.persona(o.other.UUID)
	if o.other.Valid && p == nil {
		return refuse(notFound)
	}
	var chosen, changed []int
	for i, c := range w.campaigns {
		if o.all && strings.Contains(strings.ToLower(c.name), strings.ToLower(o.search)) || !o.all &&
			slices.Contains(o.campaigns, c.id) {
			chosen = append(chosen, i)
			if c.persona != o.other {
				changed = append(changed, i)
			}
		}
	}
	switch {
	case o.all && o.shown != 0 && o.shown != len(chosen):
		return refuse(others)
	case !o.all && len(chosen) < len(o.campaigns):
		return refuse(notFound)
	}
	a := answer{Personas: []seen{w.see(p)}, Numbers: []int{len(chosen), len(changed)}}
	if len(changed) == 0 {
		return a
	}
	return w.change(func() answer {
		for _, i := range changed {
			w.give(i, o)
		}
		return a
	})
}

func (w *world) saveSettings(o operation) answer {
	theirs, original, yours := w.now(), persona.Settings{}, o.settings
	if yours.Version > 0 && yours.Version <= len(w.settings) { // who looked may have seen what is not yet here
		original = w.settings[yours.Version-1].Settings
	}
	overtaken := original.CompanyName != theirs.CompanyName ||
		original.QualificationQuestions != theirs.QualificationQuestions
	switch {
	case !o.withVoice:
		yours.Voice = theirs.Voice
	case len(w.personas) > 0:
		overtaken = overtaken || yours.Voice != theirs.Voice
	default:
		overtaken = overtaken || original.Voice != theirs.Voice
	}
	if overtaken {
		return answer{Refused: stale, Settings: []persona.Settings{original, theirs}}
	}
	return w.change(func() answer {
		var a answer
		for _, c := range persona.Diff(theirs.Voice, yours.Voice) {
			a.Words = append(a.Words, c.Setting)
		}
		if theirs.CompanyName != yours.CompanyName {
			a.Words = append(a.Words, "company_name")
		}
		if theirs.QualificationQuestions != yours.QualificationQuestions {
			a.Words = append(a.Words, "qualification_questions")
		}
		w.settle(yours)
		return a
	})
}

func (w *world) load(o operation) answer {
	lead := 0
	for i, e := range o.entries {
		if slices.ContainsFunc(o.entries[:i], func(before persona.Entry) bool { return key(before.Name) == key(e.Name) }) {
			return refuse(invalid)
		}
		if e.IsDefault {
			lead = i
		}
	}
	var a answer
	writes := false
	there := make([]*voice, len(o.entries))
	for i, e := range o.entries {
		says := "created"
		if at := slices.IndexFunc(w.personas, func(p *voice) bool { return key(p.Name) == key(e.Name) }); at >= 0 {
			there[i] = w.personas[at]
			says = "kept"
			if there[i].Content == e.Content {
				says = "unchanged"
			} else if o.replace {
				says = "replaced"
			}
		}
		writes = writes || says == "created" || says == "replaced"
		if len(w.personas) == 0 && i == lead {
			says += " default"
		}
		a.Words = append(a.Words, e.Name+" "+says)
	}
	if !writes {
		return a
	}
	return w.change(func() answer {
		first := len(w.personas) == 0
		for i, e := range o.entries {
			if there[i] == nil {
				w.add(w.made(e.Name), e.Content, first && i == lead)
			} else if o.replace {
				w.write(there[i], e.Content, there[i].leads)
			}
		}
		w.mirror()
		return a
	})
}

func (w *world) persona(id uuid.UUID) *voice {
	for _, p := range w.personas {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (w *world) leader() *voice {
	for _, p := range w.personas {
		if p.leads {
			return p
		}
	}
	return nil
}

func (w *world) see(p *voice) seen {
	if p == nil {
		return seen{}
	}
	s := seen{ID: p.id, Content: p.Content, IsDefault: p.leads, Version: p.version}
	for _, c := range w.campaigns {
		if c.persona.Valid && c.persona.UUID == p.id || !c.persona.Valid && p.leads {
			s.Campaigns++
		}
	}
	return s
}

func key(name string) string { return strings.ToLower(name) }

// taken reports whether anybody but one has the name.
func (w *world) taken(name string, but uuid.UUID) bool {
	return slices.ContainsFunc(w.personas, func(p *voice) bool { return p.id != but && key(p.Name) == key(name) })
}

// at returns a persona's words at a version; no words where there was none.
func (w *world) at(id uuid.UUID, version int) persona.Content {
	if version < 1 || version > len(w.history[id]) {
		return persona.Content{}
	}
	return w.history[id][version-1].Content
}

func (w *world) add(id uuid.UUID, c persona.Content, leads bool) *voice {
	p := &voice{id: id}
	w.personas = append(w.personas, p)
	w.keep(p, c, leads)
	return p
}

func (w *world) write(p *voice, c persona.Content, leads bool) {
	if p.Content != c || p.leads != leads {
		w.keep(p, c, leads)
	}
}

func (w *world) keep(p *voice, c persona.Content, leads bool) {
	p.Content, p.leads = c, leads
	w.history[p.id] = append(w.history[p.id], version{c, leads, false, w.event})
	p.version = len(w.history[p.id])
}

func (w *world) dethrone() seen {
	p := w.leader()
	was := w.see(p)
	if p != nil {
		w.write(p, p.Content, false)
	}
	return was
}

func (w *world) now() persona.Settings {
	if len(w.settings) == 0 {
		return persona.Settings{}
	}
	return w.settings[len(w.settings)-1].Settings
}

func (w *world) settle(s persona.Settings) {
	s.Version = w.now().Version
	if len(w.settings) == 0 || s != w.now() {
		s.Version++
		w.settings = append(w.settings, settingsVersion{s, w.event})
	}
}

func (w *world) mirror() {
	s := w.now()
	s.Voice = w.leader().Voice
	w.settle(s)
}

// broken says which of the first two rules does not hold; empty: both do.
func (w *world) broken() string {
	leaders := 0
	for _, p := range w.personas {
		if p.leads {
			leaders++
			if p.Voice != w.now().Voice {
				return "the settings differ from the default"
			}
		}
	}
	if leaders != min(1, len(w.personas)) {
		return fmt.Sprintf("%d personas and %d defaults", len(w.personas), leaders)
	}
	return ""
}

func changes(before, after persona.Voice) []string {
	return wordsOf(persona.Diff(before, after))
}

func wordsOf(list []persona.FieldChange) []string {
	var words []string
	for _, c := range list {
		words = append(words, fmt.Sprintf("%s: %q, was %q", c.Name, c.After, c.Before))
	}
	return words
}
