package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// ProposalsPageSize is how many proposals a page of the list holds.
const ProposalsPageSize = 50

// selectProposals and scanProposal go together. Of a proposal that waits it is told what has
// overtaken it by now: a deletion first, as that changes versions too.
var selectProposals = `select o.id, o.kind, o.state, o.persona_id, coalesce(o.persona_version, 0), coalesce(v.name, ''), coalesce(v.is_default, false),
		o.previous_id, coalesce(o.previous_version, 0), coalesce(b.name, ''), coalesce(c.id, '` + uuid.Nil.String() + `'), coalesce(c.name, ''),
		coalesce(o.note, ''), o.made_at, coalesce(u.id, '` + uuid.Nil.String() + `'), coalesce(u.name, ''), o.capacity, o.starts_at, o.ends_at, o.trial,
		u.disabled_at is not null or o.capacity in ('owner', 'admin', 'member') and not exists (
			select from members m where m.workspace_id = o.workspace_id and m.user_id = o.made_by),
		o.decided_at, coalesce(d.name, ''), coalesce(o.decided_capacity, ''), coalesce(o.answer, ''),
		case when o.state <> 'waiting' then coalesce(o.overtaken_by, '')
			when o.persona_id is not null and p.id is null then 'persona_deleted'
			when c.archived_at is not null then 'campaign_archived'
			when o.kind = 'second_person_off' and not (select require_second_person from workspaces where id = o.workspace_id)
				then 'second_person_off'
			when o.kind = 'assignment' and c.persona_id is distinct from o.previous_id then 'campaign_assigned'
			when o.kind = 'switch' and n.id is distinct from o.previous_id then 'default_moved'
			when p.version <> o.persona_version then 'persona_changed'
			when o.kind = 'switch' and n.version <> o.previous_version then 'default_changed'
			when o.starts_at <= clock_timestamp() then 'moment_over'
			else '' end, coalesce(o.house_version, 0),
		` + contentColumns.words("v") + `, ` + contentColumns.words("o") + `
	from proposals o
	left join users u on u.id = o.made_by
	left join users d on d.id = o.decided_by
	left join ` + personaVersion("o.workspace_id", "o.persona_id", "o.persona_version") + ` v on true
	left join ` + personaVersion("o.workspace_id", "o.previous_id", "o.previous_version") + ` b on true
	left join campaigns c on c.workspace_id = o.workspace_id and c.id = o.campaign_id
	left join personas p on p.workspace_id = o.workspace_id and p.id = o.persona_id
	left join personas n on n.workspace_id = o.workspace_id and n.is_default
	where o.workspace_id = $1`

func scanProposal(row pgx.CollectableRow) (persona.Proposal, error) {
	var p persona.Proposal
	var starts, ends, decided *time.Time
	err := row.Scan(slices.Concat([]any{&p.ID, &p.Kind, &p.State, &p.Persona.ID, &p.Persona.Version, &p.Persona.Name, &p.Persona.IsDefault,
		&p.Previous.ID, &p.Previous.Version, &p.Previous.Name, &p.Campaign.ID, &p.Campaign.Name, &p.Note, &p.At,
		&p.By.ID, &p.By.Name, &p.Role, &starts, &ends, &p.Trial, &p.Absent, &decided, &p.DecidedBy, &p.DecidedRole, &p.Answer,
		&p.Overtaken, &p.House}, contentTargets(&p.Before), contentTargets(&p.Content))...)
	set(&p.Start, starts)
	set(&p.End, ends)
	set(&p.DecidedAt, decided)
	if p.Kind != persona.ProposedEdit {
		p.Before = persona.Content{}
	}
	if t := p.Trial; t != nil {
		t.Who, t.At, t.From.Name, t.To.Name = p.By.Name, p.At, p.Persona.Name, p.Persona.Name
	}
	return p, err
}

var selectProposal = selectProposals + ` and o.id = $2`

// Proposals returns a part of the proposals in a state, the newest first, and whether more
// follow.
func (db *DB) Proposals(
	ctx context.Context, a Access, state persona.ProposalState, r Rows,
) (list []persona.Proposal, more bool, err error) {
	batch := &pgx.Batch{}
	limit, offset := r.arguments()
	// Chosen by themselves, they leave one plan for any page: that of the rest is not made at each call.
	collect(batch.Queue(`with page as materialized (
			select id from proposals where workspace_id = $1 and state = $2 order by made_at desc, id desc limit $3 offset $4) `+
		selectProposals+` and o.id in (select id from page) order by o.made_at desc, o.id desc`,
		a.workspace, state, limit, offset), &list, scanProposal)
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, err
}

// Proposal returns a proposal, or persona.ErrNotFound.
func (db *DB) Proposal(ctx context.Context, a Access, id uuid.UUID) (persona.Proposal, error) {
	var p persona.Proposal
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectProposal, a.workspace, id), &p, scanProposal)
	return p, db.readAll(ctx, a, batch)
}

// pins are the versions that a proposal is made from.
type pins struct {
	persona, previous *persona.Persona // nil: the workspace default, and nobody
	campaign          uuid.NullUUID
}

// Propose adds a proposal, pinned to the versions that are there. It fails with an
// InvalidError, also where it would change nothing; for an edit as Edit does; with a
// TooLateError for a persona that is the default already and an archived campaign; and with
// persona.ErrNotFound for a campaign or a persona that this workspace does not have.
func (db *DB) Propose(ctx context.Context, a Access, s persona.Suggestion) (persona.Proposal, error) {
	s, err := db.checkSuggestion(ctx, a, s)
	if err != nil {
		return persona.Proposal{}, err
	}
	made, err := write(ctx, db, a, access.Propose, audit.ProposalMade, func(c *change) (persona.Proposal, error) {
		return suggest(ctx, c, a, s)
	})
	return made, db.nameTaken(ctx, a, err)
}

// suggest adds a proposal, which the event is about.
func suggest(ctx context.Context, c *change, a Access, s persona.Suggestion) (made persona.Proposal, err error) {
	var waiting int
	err = c.QueryRow(ctx, `select count(*) from proposals where workspace_id = $1 and state = 'waiting'`, a.workspace).Scan(&waiting)
	if err == nil {
		err = persona.RoomForProposal(waiting)
	}
	if err != nil {
		return made, err
	}
	now, err := pinned(ctx, c, a, s)
	if err != nil {
		return made, err
	}
	made, err = insertProposal(ctx, c, a, s, now)
	c.details.Proposal, c.details.User = valid(made.ID), a.user
	return made, err
}

// suggestOnce is suggest, but for what waits already just so: that is returned as it is.
func suggestOnce(ctx context.Context, c *change, a Access, s persona.Suggestion) (p persona.Proposal, again bool, err error) {
	waiting, err := queryAll(ctx, c, scanProposal, selectProposals+` and o.state = 'waiting' and o.kind = $2 and o.persona_id = $3
		order by o.made_at, o.id`, a.workspace, s.Kind, s.Persona)
	if err != nil {
		return p, false, err
	}
	for _, w := range waiting {
		if w.Overtaken == "" && s.Trial == nil && w.Content == s.Content && w.Start.Equal(s.Start) && w.End.Equal(s.End) && w.House == s.House {
			return w, true, nil
		}
	}
	p, err = suggest(ctx, c, a, s)
	return p, false, err
}

// proposeInstead proposes what a second person has to approve, and does nothing else.
func proposeInstead(ctx context.Context, c *change, a Access, s persona.Suggestion) (*persona.Proposal, error) {
	c.event = event{id: c.id, action: audit.ProposalMade}
	p, again, err := suggestOnce(ctx, c, a, s)
	c.unchanged = again
	return &p, err
}

// proposeBesides proposes what a second person has to approve of a write that does the rest
// by itself, whose event names the proposal.
func proposeBesides(ctx context.Context, c *change, a Access, s persona.Suggestion) (*persona.Proposal, error) {
	rest := c.event
	p, again, err := suggestOnce(ctx, c, a, s)
	if c.event = rest; !again {
		c.details.Proposed = valid(p.ID)
	}
	return &p, err
}

// proposeRest proposes what of a write a second person has to approve; does says whether the
// write does something by itself too.
func proposeRest(ctx context.Context, c *change, a Access, s persona.Suggestion, does bool) (*persona.Proposal, error) {
	if does {
		return proposeBesides(ctx, c, a, s)
	}
	return proposeInstead(ctx, c, a, s)
}

// switchTo suggests a persona as the default.
func switchTo(id uuid.UUID) persona.Suggestion {
	return persona.Suggestion{Kind: persona.ProposedSwitch, Persona: valid(id)}
}

// editOf suggests other words for a persona that is at version.
func editOf(id uuid.UUID, version int, content persona.Content) persona.Suggestion {
	return persona.Suggestion{Kind: persona.ProposedEdit, Persona: valid(id), Version: version, Content: content}
}

// checkSuggestion returns s cleaned, or an InvalidError with all that is wrong with it.
func (db *DB) checkSuggestion(ctx context.Context, a Access, s persona.Suggestion) (persona.Suggestion, error) {
	var noteErr, err error
	s.Note, noteErr = persona.CleanNote(s.Note)
	if s.Kind == persona.ProposedEdit {
		s.Content, err = s.Content.Validate()
		err = db.alsoTaken(ctx, a, err, s.Persona.UUID, s.Content.Name)
	} else {
		s.Content = persona.Content{}
	}
	var invalid, ofNote *persona.InvalidError
	if errors.As(err, &invalid) && errors.As(noteErr, &ofNote) {
		invalid.Fields = append(invalid.Fields, ofNote.Fields...)
	}
	if err == nil {
		err = noteErr
	}
	return s, err
}

// pinned returns what a suggestion is made from, and has the event name it.
func pinned(ctx context.Context, c *change, a Access, s persona.Suggestion) (now pins, err error) {
	if s.Kind == persona.ProposedAlone {
		s.Persona = uuid.NullUUID{}
	}
	if now.persona, err = chosenPersona(ctx, c, a, s.Persona); err != nil {
		return now, err
	}
	switch {
	case s.Kind == persona.ProposedAlone && !c.two:
		err = &persona.TooLateError{Reason: i18n.Say("No second person is asked for here.")}
	case s.Kind == persona.ProposedAlone:
	case s.Kind == persona.ProposedAssignment:
		var named uuid.NullUUID
		if named, err = pinCampaign(ctx, c, a, s.Campaign, &now); err == nil && named == s.Persona {
			err = &persona.InvalidError{Fields: []persona.FieldError{{Field: "persona",
				Message: i18n.Say("The campaign is answered like that already. Choose somebody else, then propose it")}}}
		}
	case now.persona == nil:
		err = persona.ErrNotFound
	case s.Kind == persona.ProposedEdit:
		err = pinEdit(ctx, c, a, s, *now.persona)
	case now.persona.IsDefault:
		err = &persona.TooLateError{Reason: i18n.Say("“%s” is the default already.", persona.Isolate(now.persona.Name))}
	default:
		now.previous, err = queryDefault(ctx, c, a)
	}
	return now, err
}

// pinCampaign pins a campaign and the persona that it names, and returns which that is. It
// fails with a TooLateError for an archived one.
func pinCampaign(ctx context.Context, c *change, a Access, id uuid.UUID, now *pins) (named uuid.NullUUID, err error) {
	campaign, err := queryOne(ctx, c, scanCampaign, selectCampaign, a.workspace, id)
	switch {
	case err != nil:
		return named, err
	case campaign.Archived():
		return named, &persona.TooLateError{Reason: i18n.Say("“%s” is archived.", persona.Isolate(campaign.Name))}
	case campaign.PersonaID.Valid:
		now.previous, err = queryFirst(ctx, c, scanPersona, selectPersona, a.workspace, campaign.PersonaID)
	}
	c.campaign, now.campaign = valid(campaign.ID), valid(campaign.ID)
	return campaign.PersonaID, err
}

func pinEdit(ctx context.Context, c *change, a Access, s persona.Suggestion, now persona.Persona) error {
	if now.Version != s.Version {
		original, err := personaAt(ctx, c, a, now.ID, s.Version)
		if err != nil {
			return err
		}
		return &persona.StaleError{Original: original, Theirs: now, Yours: s.Content}
	}
	c.details.Fields = changedFields(now.Content, s.Content)
	if len(c.details.Fields) == 0 {
		return &persona.InvalidError{Fields: []persona.FieldError{{
			Message: i18n.Say("Nothing differs from what is saved. Change something, then propose it")}}}
	}
	var taken bool
	err := c.QueryRow(ctx, `select exists (select from personas
		where workspace_id = $1 and id <> $2 and name_key(name) = name_key($3::text))`, a.workspace, now.ID, s.Content.Name).
		Scan(&taken)
	if err == nil && taken {
		err = &persona.NameTakenError{Name: s.Content.Name}
	}
	if a = a.OfHouse(persona.HouseMark{Version: s.House}); err != nil || !a.merges() {
		return err
	}
	copied, err := queryFirst(ctx, c, scanCopy, selectCopy, a.workspace, now.ID)
	if err != nil {
		return err
	}
	return a.mergesInto(c, copied)
}

var insertProposalSQL = `insert into proposals (workspace_id, kind, persona_id, persona_version, previous_id, previous_version,
		campaign_id, note, made_by, capacity, token_id, house_version, starts_at, ends_at, trial, ` + contentColumns.list() + `)
	values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9, $10, $11, nullif($12, 0), $13, $14, $15, ` + contentColumns.parameters(16) + `) returning id`

func insertProposal(
	ctx context.Context, c *change, a Access, s persona.Suggestion, now pins,
) (made persona.Proposal, err error) {
	if s.Trial != nil {
		s.Trial = s.Trial.OfEdit(*now.persona)
		c.details.Trial = s.Trial
	}
	var id uuid.UUID
	err = c.QueryRow(ctx, insertProposalSQL, slices.Concat([]any{a.workspace, s.Kind, idOf(now.persona), versionOf(now.persona),
		idOf(now.previous), versionOf(now.previous), now.campaign, s.Note, a.user, string(a.role), a.token, s.House,
		momentOf(s.Start), momentOf(s.End), s.Trial},
		contentArguments(s.Content))...).Scan(&id)
	if err != nil {
		return made, err
	}
	return queryOne(ctx, c, scanProposal, selectProposal, a.workspace, id)
}

// Approve carries out a proposal, by the right of who approves it: as SetDefault, Edit,
// Assign or, of a switch at a moment, AddSchedule does, with the event of those, which names
// the proposal and who made it. Where something overtook the proposal it becomes overtaken,
// which the result says, and nothing else is changed. It fails with an InvalidError, with a persona.ShownOtherDefaultError,
// with a NameTakenError, with a TooLateError where it waits no more, and with
// persona.ErrNotFound; then it stays as it was. Where a second person is demanded, and it is
// approved by who made it, it fails with persona.ErrOwnProposal.
func (db *DB) Approve(ctx context.Context, a Access, id uuid.UUID, answer string) (persona.Approval, error) {
	answer, err := persona.CleanAnswer(answer)
	if err != nil {
		return persona.Approval{}, err
	}
	done, err := write(ctx, db, a, access.Write, audit.ProposalOvertaken, func(c *change) (d persona.Approval, err error) {
		if d.Proposal, err = waitingProposal(ctx, c, a, id); err != nil {
			return d, err
		}
		if d.Proposal.Overtaken != "" {
			return d, settle(ctx, c, a, &d.Proposal, persona.ProposalOvertaken, "")
		}
		if c.two && d.Proposal.NeedsTwo() && a.Proposed(d.Proposal) {
			return d, persona.ErrOwnProposal
		}
		if err := settle(ctx, c, a, &d.Proposal, persona.ProposalApproved, answer); err != nil {
			return d, err
		}
		d.Event = c.id
		return d, enact(ctx, c, a, &d)
	})
	return done, db.nameTaken(ctx, a, err)
}

// enact does what an approved proposal says.
func enact(ctx context.Context, c *change, a Access, d *persona.Approval) (err error) {
	p := d.Proposal
	if p.Kind == persona.ProposedAssignment {
		c.action = audit.CampaignAssigned
		done, err := assign(ctx, c, a, p.Campaign.ID, p.Persona.ID)
		d.Assignment = &done
		return err
	}
	if p.Kind == persona.ProposedAlone {
		c.action = audit.TwoNotRequired
		return demandTwo(ctx, c, a, false)
	}
	if !p.Start.IsZero() {
		c.action = audit.ScheduleMade
		made, err := schedule(ctx, c, a, persona.ScheduleRequest{Kind: p.Kind, Persona: p.Persona.ID, Start: p.Start, End: p.End}, valid(p.ID))
		d.Schedule = &made
		return err
	}
	a = a.OfHouse(persona.HouseMark{Version: p.House}).Judged(p.Trial)
	var now before
	var kept *keptTrial
	batch := &pgx.Batch{}
	queueBefore(batch, a, p.Persona.ID.UUID, p.Kind == persona.ProposedSwitch, &now)
	queueKeptTrial(batch, a, p.Persona.ID.UUID, &kept)
	if err := c.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if p.Kind == persona.ProposedSwitch {
		c.action = audit.DefaultSet
		done, err := setDefault(ctx, c, a, now, kept)
		d.Switch = &done
		return err
	}
	c.action = audit.PersonaEdited
	saved, err := edit(ctx, c, a, now, p.Content, false)
	d.Saved = &saved
	return err
}

// Decline ends a proposal without doing anything else. It fails as Approve does.
func (db *DB) Decline(ctx context.Context, a Access, id uuid.UUID, answer string) (persona.Proposal, error) {
	answer, err := persona.CleanAnswer(answer)
	if err != nil {
		return persona.Proposal{}, err
	}
	return write(ctx, db, a, access.Write, audit.ProposalDeclined, func(c *change) (persona.Proposal, error) {
		p, err := waitingProposal(ctx, c, a, id)
		if err != nil {
			return p, err
		}
		return p, settle(ctx, c, a, &p, persona.ProposalDeclined, answer)
	})
}

// Withdraw takes back a proposal of one's own, made in person or through a token.
// It fails with access.ErrForbidden for another's, and as Decline does.
func (db *DB) Withdraw(ctx context.Context, a Access, id uuid.UUID) (persona.Proposal, error) {
	return write(ctx, db, a, access.Propose, audit.ProposalWithdrawn, func(c *change) (persona.Proposal, error) {
		p, err := waitingProposal(ctx, c, a, id)
		if err == nil && !a.Proposed(p) {
			err = access.ErrForbidden
		}
		if err != nil {
			return p, err
		}
		return p, settle(ctx, c, a, &p, persona.ProposalWithdrawn, "")
	})
}

// Proposed reports whether whoever has the access made a proposal, in person
// or through a token.
func (a Access) Proposed(p persona.Proposal) bool {
	return a.user == valid(p.By.ID)
}

// waitingProposal returns a proposal that waits, which the event is then about, or fails
// with a TooLateError.
func waitingProposal(ctx context.Context, c *change, a Access, id uuid.UUID) (persona.Proposal, error) {
	p, err := queryOne(ctx, c, scanProposal, selectProposal, a.workspace, id)
	if err == nil && p.State != persona.ProposalWaiting {
		err = p.Over()
	}
	c.details.Proposal, c.details.User = valid(p.ID), uuid.NullUUID{UUID: p.By.ID, Valid: p.By.ID != uuid.Nil}
	c.persona, c.version = p.Persona.ID, p.Persona.Version
	if p.Kind == persona.ProposedAssignment {
		c.campaign = valid(p.Campaign.ID)
	}
	return p, err
}

// settle writes what becomes of a proposal, and brings p up to that.
func settle(
	ctx context.Context, c *change, a Access, p *persona.Proposal, state persona.ProposalState, answer string,
) error {
	overtaken := p.Overtaken
	if state != persona.ProposalOvertaken {
		overtaken = ""
	}
	_, err := c.Exec(ctx, `update proposals set state = $3, decided_at = clock_timestamp(), decided_by = $4,
			decided_capacity = $5, answer = nullif($6, ''), overtaken_by = nullif($7, '')
		where workspace_id = $1 and id = $2`, a.workspace, p.ID, state, a.user, string(a.role), answer, overtaken)
	if err != nil {
		return err
	}
	*p, err = queryOne(ctx, c, scanProposal, selectProposal, a.workspace, p.ID)
	return err
}
