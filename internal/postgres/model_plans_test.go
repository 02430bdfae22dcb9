package postgres_test

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// move is an event after which somebody else is the default or answers for a campaign.
type move struct {
	rev       int
	scheduled bool // a step of a schedule did it
	to        uuid.NullUUID
}

// scheduled is a schedule, and the place after which what happens is newer.
type scheduled struct {
	persona.Schedule
	rev int
}

// pinned returns a persona as a proposal or a schedule pins it; nil: nobody.
func pinned(p *voice) persona.PinnedPersona {
	if p == nil {
		return persona.PinnedPersona{}
	}
	return persona.PinnedPersona{ID: uuid.NullUUID{UUID: p.id, Valid: true}, Version: p.version, Name: p.Name}
}

func (w *world) campaign(id uuid.UUID) *campaign {
	i := slices.IndexFunc(w.campaigns, func(c campaign) bool { return c.id == id })
	if i < 0 {
		return nil
	}
	return &w.campaigns[i]
}

func (w *world) propose(o operation) answer {
	if o.plan == persona.ProposedEdit && o.content.Name == "" {
		return refuse(invalid)
	}
	waiting := 0
	for _, p := range w.proposals {
		if p.State == persona.ProposalWaiting {
			waiting++
		}
	}
	if waiting >= persona.MaxProposals {
		return refuse(invalid)
	}
	p := w.persona(o.other.UUID)
	if p == nil && (o.other.Valid || o.plan != persona.ProposedAssignment) {
		return refuse(notFound)
	}
	made := persona.Proposal{Kind: o.plan, State: persona.ProposalWaiting, Persona: pinned(p)}
	made.Persona.IsDefault = p != nil && p.leads
	switch o.plan {
	case persona.ProposedSwitch:
		if p.leads {
			return refuse(tooLate)
		}
		made.Previous = pinned(w.leader())
	case persona.ProposedEdit:
		switch {
		case p.version != o.version:
			return answer{Refused: stale, Personas: []seen{w.see(p), {Content: w.at(p.id, o.version)}}}
		case p.Content == o.content:
			return refuse(invalid)
		case w.taken(o.content.Name, p.id):
			return refuse(nameTaken)
		}
		made.Before, made.Content = p.Content, o.content
	case persona.ProposedAssignment:
		c := w.campaign(o.campaigns[0])
		switch {
		case c == nil:
			return refuse(notFound)
		case c.persona == o.other:
			return refuse(invalid)
		}
		made.Campaign, made.Previous = persona.Named{ID: c.id, Name: c.name}, pinned(w.persona(c.persona.UUID))
	}
	return w.change(func() answer {
		made.ID = w.plan
		w.proposals[made.ID] = &made
		return answer{Plan: made.ID, Words: []string{toldProposal(made)}}
	})
}

// overtaken returns what happened since a proposal that waits was made; empty: nothing.
func (w *world) overtaken(p persona.Proposal) persona.Overtaking {
	is := w.persona(p.Persona.ID.UUID)
	leader := pinned(w.leader())
	switch {
	case p.Persona.ID.Valid && is == nil:
		return persona.OvertakenDeleted
	case p.Kind == persona.ProposedAssignment && w.campaign(p.Campaign.ID).persona != p.Previous.ID:
		return persona.OvertakenAssigned
	case p.Kind == persona.ProposedSwitch && leader.ID != p.Previous.ID:
		return persona.OvertakenMoved
	case is != nil && is.version != p.Persona.Version:
		return persona.OvertakenChanged
	case p.Kind == persona.ProposedSwitch && leader.Version != p.Previous.Version:
		return persona.OvertakenDefault
	}
	return ""
}

// decide approves, declines or withdraws a proposal.
func (w *world) decide(o operation) answer {
	p := w.proposals[o.plans]
	switch {
	case p == nil:
		return refuse(notFound)
	case p.State != persona.ProposalWaiting:
		return refuse(tooLate)
	}
	end := func(state persona.ProposalState) answer {
		return w.change(func() answer {
			p.State = state
			return answer{Words: []string{toldProposal(*p)}}
		})
	}
	switch o.kind {
	case declining:
		return end(persona.ProposalDeclined)
	case withdrawing:
		return end(persona.ProposalWithdrawn)
	}
	if why := w.overtaken(*p); why != "" {
		return w.change(func() answer {
			p.Overtaken = why
			return end(persona.ProposalOvertaken)
		})
	}
	var a answer
	switch p.Kind {
	case persona.ProposedSwitch:
		a = w.setDefault(operation{kind: switching, id: p.Persona.ID.UUID})
	case persona.ProposedEdit:
		a = w.edit(operation{kind: editing, id: p.Persona.ID.UUID, version: p.Persona.Version, content: p.Content})
	default:
		a = w.assign(operation{kind: assigning, campaigns: []uuid.UUID{p.Campaign.ID}, other: p.Persona.ID})
	}
	if a.Refused == "" {
		a.Words = append(a.Words, end(persona.ProposalApproved).Words...)
	}
	return a
}

func (w *world) schedule(o operation) answer {
	if !o.until.IsZero() && !o.until.After(o.at) {
		return refuse(invalid)
	}
	open, same := 0, 0
	for _, s := range w.schedules {
		if s.Open() {
			open++
			if s.Kind == o.plan && (o.plan == persona.ProposedSwitch || s.Campaign.ID == o.campaigns[0]) {
				same++
			}
		}
	}
	if open >= persona.MaxSchedules {
		return refuse(invalid)
	}
	p := w.persona(o.other.UUID)
	if p == nil && (o.other.Valid || o.plan == persona.ProposedSwitch) {
		return refuse(notFound)
	}
	made := scheduled{Schedule: persona.Schedule{Kind: o.plan, State: persona.ScheduleWaiting, Persona: pinned(p), Start: o.at, End: o.until}}
	var so bool
	if o.plan == persona.ProposedSwitch {
		made.Previous, so = pinned(w.leader()), p.leads
	} else {
		c := w.campaign(o.campaigns[0])
		if c == nil {
			return refuse(notFound)
		}
		made.Campaign, made.Previous = persona.Named{ID: c.id, Name: c.name}, pinned(w.persona(c.persona.UUID))
		so = c.persona == o.other
	}
	if so && same == 0 {
		return refuse(invalid)
	}
	return w.change(func() answer {
		made.ID, made.rev = w.plan, w.rev
		w.schedules[made.ID] = &made
		return answer{Plan: made.ID, Words: []string{toldSchedule(w.foreseen(made))}}
	})
}

// skipped returns why the next step of a schedule is not taken as things are; empty: it is.
func (w *world) skipped(s scheduled) persona.Overtaking {
	if to := s.To().ID; to.Valid && w.persona(to.UUID) == nil {
		return persona.OvertakenDeleted
	}
	moves, is, why := w.moves, pinned(w.leader()).ID, persona.OvertakenMoved
	if s.Kind == persona.ProposedAssignment {
		moves, is, why = w.given[s.Campaign.ID], w.campaign(s.Campaign.ID).persona, persona.OvertakenAssigned
	}
	expected := s.Previous.ID
	for _, m := range moves {
		if m.rev > s.rev {
			if !m.scheduled {
				return why
			}
			expected = m.to
		}
	}
	if s.State == persona.ScheduleActive {
		expected = s.Persona.ID
	}
	if is != expected {
		return why
	}
	return ""
}

// foreseen is what is told of a schedule.
func (w *world) foreseen(s scheduled) persona.Schedule {
	if s.Open() {
		s.Skipped = w.skipped(s)
	}
	return s.Schedule
}

func (w *world) cancel(o operation) answer {
	s := w.schedules[o.plans]
	switch {
	case s == nil:
		return refuse(notFound)
	case !s.Open():
		return refuse(tooLate)
	}
	return w.change(func() answer {
		s.State = persona.ScheduleCancelled
		return answer{Words: []string{toldSchedule(s.Schedule)}}
	})
}

// step takes the step of a schedule that is due at a moment, or skips it.
func (w *world) step(o operation) answer {
	s := w.schedules[o.plans]
	if s == nil {
		return refuse(notFound)
	}
	if due := s.Due(); due.IsZero() || due.After(o.at) {
		return answer{}
	}
	return w.change(func() answer {
		to := s.To().ID
		so, index := pinned(w.leader()).ID == to, -1
		previous := w.leader()
		if s.Kind == persona.ProposedAssignment {
			index = slices.IndexFunc(w.campaigns, func(c campaign) bool { return c.id == s.Campaign.ID })
			previous, so = w.persona(w.campaigns[index].persona.UUID), w.campaigns[index].persona == to
		}
		switch why := w.skipped(*s); {
		case s.State == persona.ScheduleWaiting && !s.End.IsZero() && !s.End.After(o.at):
			s.Skipped = persona.SkippedMissed
		case why != "":
			s.Skipped = why
		case so:
			s.Skipped = persona.SkippedAlready
		}
		if s.Skipped != "" {
			s.State = persona.ScheduleSkipped
			return answer{Words: []string{toldStep(s.Schedule, false)}}
		}
		event := uuid.NullUUID{UUID: w.event, Valid: true}
		s.rev = w.rev
		switch {
		case s.Started():
			s.State, s.EndEvent = persona.ScheduleDone, event
		default:
			s.Previous, s.StartEvent = pinned(previous), event
			if s.State = persona.ScheduleDone; !s.End.IsZero() {
				s.State = persona.ScheduleActive
			}
		}
		if index < 0 {
			w.setDefault(operation{kind: switching, id: to.UUID})
		} else {
			w.give(index, operation{kind: stepping, other: to})
		}
		return answer{Words: []string{toldStep(s.Schedule, true)}}
	})
}

// ahead looks at the proposals that wait, or at the schedules of which something is to come.
func (w *world) ahead(o operation) answer {
	var a answer
	for _, p := range w.proposals {
		if told := *p; !o.replace && p.State == persona.ProposalWaiting {
			told.Overtaken = w.overtaken(told)
			a.Words = append(a.Words, toldProposal(told))
		}
	}
	for _, s := range w.schedules {
		if o.replace && s.Open() {
			a.Words = append(a.Words, toldSchedule(w.foreseen(*s)))
		}
	}
	slices.Sort(a.Words)
	return a
}

// plans returns what became of each proposal and schedule, in the order of their ids.
func (w *world) plans() []string {
	var list []string
	join := func(parts ...string) {
		list = append(list, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " "))
	}
	event := func(id uuid.NullUUID) string {
		if !id.Valid {
			return ""
		}
		return id.UUID.String()
	}
	for id, p := range w.proposals {
		join(id.String(), string(p.State), string(p.Overtaken))
	}
	for id, s := range w.schedules {
		join(id.String(), string(s.State), string(s.Skipped), event(s.StartEvent), event(s.EndEvent))
	}
	slices.Sort(list)
	return list
}
