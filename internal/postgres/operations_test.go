package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type kind string

const (
	importing         kind = "import"
	creating          kind = "create"
	editing           kind = "edit"
	switching         kind = "set default"
	undoing           kind = "undo"
	deleting          kind = "delete"
	duplicating       kind = "duplicate"
	restoring         kind = "restore"
	assigning         kind = "assign"
	assigningMany     kind = "assign many"
	savingSettings    kind = "save settings"
	loading           kind = "load"
	repairing         kind = "repair"
	trying            kind = "keep a trial"
	suggesting        kind = "propose"
	approving         kind = "approve"
	declining         kind = "decline"
	withdrawing       kind = "withdraw"
	scheduling        kind = "schedule"
	cancelling        kind = "cancel a schedule"
	stepping          kind = "take a step of a schedule"
	lookingAtPersonas kind = "look at personas"
	lookingAtList     kind = "look at the list of personas"
	lookingAtSettings kind = "look at settings"
	lookingAhead      kind = "look at proposals and schedules"
)

// kinds has each kind as often as it is to be among others.
var kinds = slices.Concat(
	slices.Repeat([]kind{deleting}, 22), slices.Repeat([]kind{editing}, 20), slices.Repeat([]kind{switching}, 15),
	slices.Repeat([]kind{creating}, 12), slices.Repeat([]kind{undoing, assigning, savingSettings}, 8),
	slices.Repeat([]kind{duplicating, restoring, importing, assigningMany}, 6),
	slices.Repeat([]kind{suggesting, stepping}, 7), slices.Repeat([]kind{approving, scheduling}, 6),
	slices.Repeat([]kind{loading, lookingAtPersonas, lookingAtList, lookingAtSettings}, 4),
	slices.Repeat([]kind{declining, withdrawing, cancelling, lookingAhead, trying}, 2),
	[]kind{repairing})

// actions are what the events of writes may be called.
var actions = map[kind][]string{
	importing: {"persona.imported"}, creating: {"persona.created"}, editing: {"persona.edited"},
	switching: {"persona.default_set"},
	undoing:   {"persona.default_undone"}, deleting: {"persona.deleted"}, duplicating: {"persona.duplicated"},
	restoring: {"persona.restored"},
	assigning: {"campaign.assigned"}, assigningMany: {"campaign.assigned_many"}, savingSettings: {"settings.edited"},
	loading:    {"persona.loaded"},
	repairing:  {"workspace.repaired"},
	trying:     {"persona.tried"},
	suggesting: {"proposal.made"}, declining: {"proposal.declined"}, withdrawing: {"proposal.withdrawn"},
	approving:  {"persona.default_set", "persona.edited", "campaign.assigned", "proposal.overtaken"},
	scheduling: {"schedule.made"}, cancelling: {"schedule.cancelled"},
	stepping: {"persona.default_set", "campaign.assigned", "schedule.skipped"},
}

// operation is something that a client asks for.
type operation struct {
	kind      kind
	id        uuid.UUID     // of a persona
	other     uuid.NullUUID // successor, or whom campaigns are given
	version   int
	now       int
	content   persona.Content
	lead      bool
	choice    persona.DefaultChoice
	event     uuid.UUID
	campaigns []uuid.UUID
	all       bool
	search    string
	shown     int
	settings  persona.Settings
	withVoice bool
	entries   []persona.Entry
	replace   bool
	right     persona.Side
	plan      persona.ProposalKind
	plans     uuid.UUID // a proposal or a schedule
	at, until time.Time // of a schedule; at: of a step too
	trial     persona.Trial
}

func (o operation) String() string {
	says := []string{string(o.kind)}
	for _, part := range []struct {
		name  string
		value any
	}{
		{"persona", o.id}, {"other", o.other}, {"version", o.version}, {"now", o.now}, {"content", o.content},
		{"lead", o.lead}, {"choice", o.choice},
		{"event", o.event}, {"campaigns", o.campaigns}, {"all", o.all}, {"search", o.search}, {"shown", o.shown},
		{"settings", o.settings},
		{"with voice", o.withVoice}, {"entries", o.entries}, {"replace", o.replace}, {"right", o.right},
		{"plan", o.plan}, {"of", o.plans}, {"at", o.at}, {"until", o.until}, {"trial", o.trial},
	} {
		if !reflect.ValueOf(part.value).IsZero() {
			says = append(says, fmt.Sprintf("%s %+v", part.name, part.value))
		}
	}
	return strings.Join(says, " ")
}

// ask has the program do o. It returns false where nothing is known of what came
// of it.
func (o operation) ask(ctx context.Context, db *postgres.DB, a postgres.Access) (answer, bool) {
	var got answer
	var err error
	switch o.kind {
	case importing:
		var p persona.Persona
		p, err = db.Import(ctx, a)
		got.Personas = []seen{see(&p)}
	case creating:
		var s persona.Saved
		s, err = db.Create(ctx, a, o.content, o.lead)
		got = saved(s)
	case editing:
		var s persona.Saved
		s, err = db.Edit(ctx, a, o.id, o.version, o.content, o.choice)
		got = saved(s)
	case restoring:
		var s persona.Saved
		s, err = db.Restore(ctx, a, o.id, o.version, o.now)
		got = saved(s)
	case switching:
		var s persona.Switch
		s, err = db.SetDefault(ctx, a, o.id)
		got = switched(s)
	case undoing:
		var s persona.Switch
		s, err = db.Undo(ctx, a, o.event)
		got = switched(s)
	case deleting:
		var d persona.Deleted
		d, err = db.Delete(ctx, a, o.id, o.version, o.other)
		got = answer{Personas: []seen{see(&d.Persona), see(d.Successor)}, Numbers: []int{d.Campaigns, d.Moved},
			Words: wordsOf(d.Changed)}
	case duplicating:
		var p persona.Persona
		p, err = db.Duplicate(ctx, a, o.id)
		got.Personas = []seen{see(&p)}
	case assigning:
		var d persona.Assignment
		d, err = db.Assign(ctx, a, o.campaigns[0], o.other)
		got.Personas = []seen{see(d.Persona)}
	case assigningMany:
		var d persona.Assigned
		d, err = db.AssignMany(ctx, a, persona.CampaignChoice{IDs: o.campaigns, All: o.all,
			Filter: persona.CampaignFilter{Search: o.search},
			Shown:  o.shown}, o.other)
		got = answer{Personas: []seen{see(d.Persona)}, Numbers: []int{d.Chosen, d.Changed}}
	case savingSettings:
		got.Words, err = db.SaveSettings(ctx, a, o.settings, o.withVoice)
	case loading:
		var plan persona.LoadPlan
		plan, err = db.Load(ctx, a, o.entries, o.replace, "")
		got.Words = outcomes(plan)
	case repairing:
		var done postgres.Repaired
		done, err = db.Repair(ctx, a, o.right)
		got.Personas = []seen{see(done.Persona)}
	case trying:
		var t persona.Trial
		t, err = db.KeepTrial(ctx, a, o.trial)
		got.Words = []string{toldTrial(t)}
	case suggesting, approving, declining, withdrawing, scheduling, cancelling, stepping, lookingAhead:
		got, err = o.askPlan(ctx, db, a)
	case lookingAtPersonas:
		var list []persona.Persona
		list, _, err = db.PersonasPart(ctx, a, "", postgres.Rows{})
		for _, p := range list {
			got.Personas = append(got.Personas, see(&p))
		}
	case lookingAtList:
		var list persona.List
		list, err = db.PersonasPage(ctx, a, "", 1)
		for _, p := range list.Personas {
			got.Personas = append(got.Personas, seen{p.ID, persona.Content{Name: p.Name, Voice: persona.Voice{
				DisplayName: p.DisplayName, Tone: p.Tone, Greeting: p.Greeting}}, p.IsDefault, p.Version, p.Campaigns})
		}
		got.Numbers = []int{list.Total, list.Campaigns, list.Deleted}
		if list.Total == 0 { // then it says what the first one is made from
			got.Settings = []persona.Settings{{Voice: list.Settings}}
		}
	case lookingAtSettings:
		var s persona.Settings
		var p *persona.Persona
		s, p, err = db.Settings(ctx, a)
		got.Settings, got.Personas = []persona.Settings{s}, []seen{see(p)}
	}
	if err != nil {
		got = refusal(err)
	}
	return got, !errors.Is(err, persona.ErrUnavailable)
}

// askPlan is ask for what is to happen later.
func (o operation) askPlan(ctx context.Context, db *postgres.DB, a postgres.Access) (got answer, err error) {
	var p persona.Proposal
	var s persona.Schedule
	switch o.kind {
	case suggesting:
		p, err = db.Propose(ctx, a, persona.Suggestion{Kind: o.plan, Persona: o.other, Version: o.version,
			Campaign: o.campaigns[0], Content: o.content})
		got = answer{Plan: p.ID, Words: []string{toldProposal(p)}}
	case declining:
		p, err = db.Decline(ctx, a, o.plans, "")
		got.Words = []string{toldProposal(p)}
	case withdrawing:
		p, err = db.Withdraw(ctx, a, o.plans)
		got.Words = []string{toldProposal(p)}
	case approving:
		var d persona.Approval
		d, err = db.Approve(ctx, a, o.plans, "")
		switch {
		case d.Switch != nil:
			got = switched(*d.Switch)
		case d.Saved != nil:
			got = saved(*d.Saved)
		case d.Assignment != nil:
			got.Personas = []seen{see(d.Assignment.Persona)}
		}
		got.Words = append(got.Words, toldProposal(d.Proposal))
	case scheduling:
		var made persona.Scheduled
		made, err = db.AddSchedule(ctx, a, persona.ScheduleRequest{Kind: o.plan, Persona: o.other, Campaign: o.campaigns[0],
			Start: o.at, End: o.until})
		s = made.Schedule
		got = answer{Plan: s.ID, Words: []string{toldSchedule(s)}}
	case cancelling:
		s, err = db.CancelSchedule(ctx, a, o.plans)
		got.Words = []string{toldSchedule(s)}
	case stepping:
		var run *postgres.ScheduleRun
		if run, err = db.RunSchedule(ctx, a.Workspace(), o.plans, o.at); run != nil {
			got.Words = []string{toldStep(run.Schedule, run.Done)}
		}
	case lookingAhead:
		var proposals []persona.Proposal
		var schedules []persona.Schedule
		proposals, _, err = db.Proposals(ctx, a, persona.ProposalWaiting, postgres.Rows{})
		for _, p := range proposals {
			got.Words = append(got.Words, toldProposal(p))
		}
		if err == nil && o.replace { // one of the two, as a look is at one moment
			got.Words = nil
			schedules, err = db.OpenSchedules(ctx, a)
		}
		for _, s := range schedules {
			got.Words = append(got.Words, toldSchedule(s))
		}
		slices.Sort(got.Words)
	}
	return got, err
}

// toldProposal is what is told of a proposal, but who made and decided it, and when.
func toldProposal(p persona.Proposal) string {
	return fmt.Sprintf("%v", []any{p.ID, p.Kind, p.State, p.Persona, p.Previous, p.Campaign, p.Before, p.Content, p.Overtaken})
}

// toldTrial is what is told of a trial, but who kept it, and when.
func toldTrial(t persona.Trial) string {
	return fmt.Sprintf("%v", []any{t.From, t.To, t.Better, t.Same, t.Worse, t.Skipped})
}

// toldSchedule is what is told of a schedule, but who made it, and when.
func toldSchedule(s persona.Schedule) string {
	return fmt.Sprintf("%v", []any{s.ID, s.Kind, s.State, s.Persona, s.Previous, s.Campaign, s.Start.UnixMicro(), s.End.UnixMicro(),
		s.StartEvent, s.EndEvent, s.Skipped})
}

// toldStep is what is told of a schedule after one of its steps.
func toldStep(s persona.Schedule, done bool) string {
	return fmt.Sprintf("%v", []any{s.ID, s.State, s.StartEvent, s.EndEvent, s.Skipped, done})
}

func saved(s persona.Saved) answer {
	return answer{Personas: []seen{see(&s.Persona), see(s.Switched)}, Numbers: []int{s.Moved},
		Words: wordsOf(s.Replaced), Event: s.Event}
}

func switched(s persona.Switch) answer {
	already := 0
	if s.Already {
		already = 1
	}
	a := answer{Personas: []seen{see(&s.To), see(s.From)}, Numbers: []int{s.Moved, already}, Words: wordsOf(s.Changed),
		Event: s.Event}
	if s.Trial != nil {
		a.Words = append(a.Words, toldTrial(*s.Trial))
	}
	return a
}

// looks reports whether the operation only reads.
func (o operation) looks() bool {
	return o.kind == lookingAtPersonas || o.kind == lookingAtList || o.kind == lookingAtSettings || o.kind == lookingAhead
}

func see(p *persona.Persona) seen {
	if p == nil {
		return seen{}
	}
	return seen{p.ID, p.Content, p.IsDefault, p.Version, p.Campaigns}
}

func refusal(err error) answer {
	var outdated *persona.StaleError
	var outdatedSettings *persona.StaleSettingsError
	switch {
	case errors.As(err, &outdated):
		return answer{Refused: stale, Personas: []seen{see(&outdated.Theirs), {Content: outdated.Original}}}
	case errors.As(err, &outdatedSettings):
		return answer{Refused: stale, Settings: []persona.Settings{outdatedSettings.Original, outdatedSettings.Theirs}}
	case errors.Is(err, persona.ErrNotFound):
		return refuse(notFound)
	case errors.Is(err, persona.ErrPersonaExists):
		return refuse(exists)
	case errors.As(err, new(*persona.InvalidError)):
		return refuse(invalid)
	case errors.As(err, new(*persona.NameTakenError)):
		return refuse(nameTaken)
	case errors.As(err, new(*persona.TooLateError)):
		return refuse(tooLate)
	case errors.As(err, new(*persona.ShownOtherError)):
		return refuse(others)
	}
	return refuse("an error that nobody should see: " + err.Error())
}

// board is what clients know of a workspace: what answers told them, of which
// some is outdated by now. They choose from it what they ask for.
type board struct {
	mu        sync.Mutex
	live      []seen
	dead      []seen // the last few
	switches  []uuid.UUID
	settings  persona.Settings
	campaigns []uuid.UUID
	foreign   []uuid.UUID // a persona and a campaign of another workspace
	proposals []uuid.UUID // the last few
	schedules []uuid.UUID // likewise
}

// learn takes in what came of an operation.
func (b *board) learn(o operation, got answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case o.kind == lookingAtSettings:
		b.settings = got.Settings[0]
		return
	case o.kind == suggesting && got.Plan != uuid.Nil:
		b.proposals = append(b.proposals, got.Plan)
		b.proposals = b.proposals[max(0, len(b.proposals)-5):]
	case o.kind == scheduling && got.Plan != uuid.Nil:
		b.schedules = append(b.schedules, got.Plan)
		b.schedules = b.schedules[max(0, len(b.schedules)-5):]
	}
	for i, s := range got.Personas {
		if s.ID == uuid.Nil || s.Version == 0 {
			continue
		}
		at := slices.IndexFunc(b.live, func(k seen) bool { return k.ID == s.ID })
		switch gone := o.kind == deleting && i == 0 && got.Refused == ""; {
		case gone && at >= 0:
			b.live = slices.Delete(b.live, at, at+1)
			fallthrough
		case gone:
			s.Version++ // that of its deletion
			b.dead = append(b.dead, s)
			b.dead = b.dead[max(0, len(b.dead)-4):]
		case at >= 0:
			if b.live[at].Version < s.Version {
				b.live[at] = s
			}
		default:
			b.live = append(b.live, s)
			b.dead = slices.DeleteFunc(b.dead, func(k seen) bool { return k.ID == s.ID })
		}
	}
	if o.kind == lookingAtPersonas || o.kind == lookingAtList {
		b.live = slices.DeleteFunc(b.live, func(k seen) bool {
			return !slices.ContainsFunc(got.Personas, func(s seen) bool { return s.ID == k.ID })
		})
	}
	if got.Event != uuid.Nil && !slices.Contains(b.switches, got.Event) {
		b.switches = append(b.switches, got.Event)
		b.switches = b.switches[max(0, len(b.switches)-3):]
	}
	if got.Refused == notFound && o.kind != restoring {
		b.live = slices.DeleteFunc(b.live, func(k seen) bool { return k.ID == o.id })
	}
}

var names = []string{"Anna", "ANNA", "Ábel", "ábel", "Zoe", "Nora", "Default Persona", "Kim", "kim (copy)", "Sales",
	"Care", "Lot"}

// latest returns one of a few ids, the last one as often as the others together.
func latest(list []uuid.UUID, pick func(n int) int) uuid.UUID {
	if len(list) == 0 {
		return uuid.Nil
	}
	return list[len(list)-1-pick(len(list))*pick(2)]
}

// choose returns an operation of a kind, chosen by pick, which gives a number
// below n.
func (b *board) choose(k kind, pick func(n int) int) operation {
	b.mu.Lock()
	defer b.mu.Unlock()
	some := func() seen {
		list := b.live
		if n := pick(20); n == 19 || len(list) == 0 {
			return seen{ID: b.foreign[0], Version: 1}
		} else if n > 16 && len(b.dead) > 0 {
			list = b.dead
		}
		return list[pick(len(list))]
	}
	maybe := func() uuid.NullUUID {
		if pick(3) == 0 {
			return uuid.NullUUID{}
		}
		return uuid.NullUUID{UUID: some().ID, Valid: true}
	}
	words := func(v persona.Voice) persona.Voice {
		for _, f := range persona.Fields() {
			if n := pick(12); n < 4 {
				*f.Of(&v) = strings.TrimSpace(strings.Repeat(f.Label+" ", n))
			}
		}
		return v
	}
	// Half of what is written leaves the words in other languages as they were.
	tongues := func(v persona.Variants) persona.Variants {
		if pick(2) == 0 {
			return v
		}
		var list []persona.Variant
		for _, tag := range []language.Tag{"de", "pt-BR"} {
			one, _ := v.In(tag)
			if n := pick(4); n < 3 {
				one.Greeting = strings.Repeat("Hallo ", n)
			}
			if n := pick(4); n < 3 {
				one.Signature = strings.Repeat("Grüße ", n)
			}
			list = append(list, one)
		}
		return persona.Pack(list...).Clean()
	}
	p := some()
	o := operation{kind: k, id: p.ID, version: p.Version}
	if pick(10) == 0 {
		o.version = max(1, p.Version-1)
	}
	switch k {
	case creating:
		o.content = persona.Content{Name: names[pick(len(names))], Voice: words(persona.Voice{}), Variants: tongues("")}
		if pick(30) == 0 {
			o.content.Name = ""
		}
		o.lead = pick(3) == 0
	case editing:
		o.content = persona.Content{Name: p.Name, Voice: words(p.Voice), Variants: tongues(p.Variants)}
		if pick(4) == 0 || p.Name == "" {
			o.content.Name = names[pick(len(names))]
		}
		o.choice = []persona.DefaultChoice{persona.KeepDefault, persona.KeepDefault, persona.MakeDefault,
			persona.ClearDefault}[pick(4)]
	case undoing:
		o.event = uuid.Nil
		if len(b.switches) > 0 {
			o.event = b.switches[len(b.switches)-1-pick(len(b.switches))*pick(2)]
		}
	case deleting:
		o.other = maybe()
		if pick(4) == 0 {
			o.version = 0
		}
	case restoring:
		o.now, o.version = p.Version, 1+pick(p.Version)
		if slices.ContainsFunc(b.dead, func(k seen) bool { return k.ID == p.ID }) {
			o.now = 0
		}
		if len(b.dead) > 0 && pick(2) == 0 {
			p = b.dead[pick(len(b.dead))]
			o.id, o.now, o.version = p.ID, 0, p.Version
		}
	case assigning:
		o.other = maybe()
		o.campaigns = []uuid.UUID{b.campaigns[pick(len(b.campaigns))]}
		if pick(30) == 0 {
			o.campaigns[0] = b.foreign[1]
		}
	case assigningMany:
		o.other = maybe()
		if o.all = pick(2) == 0; o.all {
			o.search = []string{"", "spring", "nothing of that name"}[pick(3)]
			o.shown = []int{0, len(b.campaigns), 1}[pick(3)]
		} else {
			for _, c := range b.campaigns {
				if pick(2) == 0 {
					o.campaigns = append(o.campaigns, c)
				}
			}
			if pick(10) == 0 {
				o.campaigns = append(o.campaigns, b.foreign[1])
			}
		}
	case savingSettings:
		o.settings = b.settings
		if pick(3) > 0 {
			o.settings.CompanyName = fmt.Sprint("Company ", pick(5))
		}
		if o.withVoice = pick(2) == 0; o.withVoice {
			o.settings.Voice = words(o.settings.Voice)
		}
	case loading:
		for range 1 + pick(3) {
			o.entries = append(o.entries, persona.Entry{Content: persona.Content{Name: names[pick(len(names))],
				Voice: words(persona.Voice{}), Variants: tongues("")}})
		}
		o.entries[pick(len(o.entries))].IsDefault = pick(2) == 0
		o.replace = pick(2) == 0
	case repairing:
		o.right = []persona.Side{persona.PersonaIsRight, persona.SettingsAreRight}[pick(2)]
	case trying:
		from := some()
		if i := slices.IndexFunc(b.live, func(k seen) bool { return k.IsDefault }); i >= 0 {
			from = b.live[i]
		}
		o.trial = persona.Trial{From: persona.VoiceAt{ID: from.ID, Version: from.Version},
			To: persona.VoiceAt{ID: o.id, Version: o.version}, Better: pick(3), Worse: pick(3)}
	case suggesting:
		o.plan = []persona.ProposalKind{persona.ProposedSwitch, persona.ProposedEdit, persona.ProposedAssignment}[pick(3)]
		o.other, o.campaigns = uuid.NullUUID{UUID: p.ID, Valid: true}, []uuid.UUID{b.campaigns[pick(len(b.campaigns))]}
		if o.plan == persona.ProposedAssignment {
			o.other = maybe()
		}
		o.content = persona.Content{Name: p.Name, Voice: words(p.Voice), Variants: tongues(p.Variants)}
		if pick(4) == 0 || p.Name == "" {
			o.content.Name = names[pick(len(names))]
		}
	case approving, declining, withdrawing:
		o.plans = latest(b.proposals, pick)
	case scheduling:
		o.plan = []persona.ProposalKind{persona.ProposedSwitch, persona.ProposedAssignment}[pick(2)]
		o.other, o.campaigns = uuid.NullUUID{UUID: p.ID, Valid: true}, []uuid.UUID{b.campaigns[pick(len(b.campaigns))]}
		if o.plan == persona.ProposedAssignment {
			o.other = maybe()
		}
		// Within hours from now; their steps say which moment it is.
		o.at = time.Now().Add(time.Duration(1+pick(4)) * time.Hour).Truncate(time.Microsecond)
		if pick(2) == 0 {
			o.until = o.at.Add(time.Duration(pick(5)) * time.Hour)
		}
	case cancelling:
		o.plans = latest(b.schedules, pick)
	case stepping:
		o.plans, o.at = latest(b.schedules, pick), time.Now().Add(time.Duration(pick(10))*time.Hour)
	case lookingAhead:
		o.replace = pick(2) == 0
	case importing, switching, duplicating, lookingAtPersonas, lookingAtList, lookingAtSettings:
	}
	return o
}
