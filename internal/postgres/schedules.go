package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// SchedulesPageSize is how many schedules a page of the list holds.
const SchedulesPageSize = 50

// decidedSince are the events e since a schedule s that moved the default (an index finds
// them) or chose who answers for its campaign: newer is whether one of them was not another
// schedule, and to is where the last one led.
const (
	defaultSince = `lateral (select bool_or(not e.details ? 'schedule') as newer, count(*) as n,
			(array_agg(e.details->>'to' order by e.rev desc))[1]::uuid as id
		from audit_events e where s.kind = 'switch' and s.due_at is not null and e.workspace_id = s.workspace_id and e.rev > s.rev
			and e.action like 'persona.%' and e.details ? 'to' and e.details->>'to' is distinct from e.details->>'from')`
	campaignSince = `lateral (select bool_or(not n.details ? 'schedule') as newer, count(*) as n,
			(array_agg(n.details->>'to' order by n.rev desc))[1]::uuid as id
		from audit_events n where s.kind = 'assignment' and s.due_at is not null and n.workspace_id = s.workspace_id and n.rev > s.rev
			and ` + reassigned + ` and (n.campaign_id = s.campaign_id or n.details->'campaigns' ? s.campaign_id::text))`
)

// outsideSince reports whether a program with plain SQL moved the default.
var outsideSince = `exists (select from persona_versions v
		join ` + personaVersion("v.workspace_id", "v.persona_id", "v.version - 1") + ` b on true
		where v.workspace_id = s.workspace_id and v.event_id is null and v.recorded_at > s.made_at and v.is_default <> b.is_default)`

// selectSchedules and scanSchedule go together. Of one that is to come it is told what would
// be in its way now. What another schedule did in between is no surprise to whoever made this
// one, but at its end the persona that it brought must still be there. What a second person
// approved happens with the words that they saw.
var selectSchedules = `select s.id, s.kind, s.state, s.persona_id, coalesce(s.persona_version, 0), coalesce(v.name, ''),
		s.previous_id, coalesce(s.previous_version, 0), coalesce(b.name, ''), coalesce(c.id, '` + uuid.Nil.String() + `'), coalesce(c.name, ''),
		s.starts_at, s.ends_at, s.made_at, u.id, u.name, s.capacity, s.start_event, s.end_event, s.closed_at,
		coalesce(x.name, ''), coalesce(s.cancelled_as, ''),
		case when s.due_at is null then coalesce(s.skipped_by, '')
			when case s.state when 'waiting' then s.persona_id else s.previous_id end is not null and t.id is null then 'persona_deleted'
			when c.archived_at is not null then 'campaign_archived'
			when s.proposal_id is not null
				and not says_as_pinned(t, case s.state when 'waiting' then s.persona_version else s.previous_version end) then 'persona_changed'
			when s.kind = 'assignment' and (a.newer or c.persona_id is distinct from
				case when s.state = 'active' then s.persona_id when a.n > 0 then a.id else s.previous_id end) then 'campaign_assigned'
			when s.kind = 'switch' and (d.newer or ` + outsideSince + ` or n.id is distinct from
				case when s.state = 'active' then s.persona_id when d.n > 0 then d.id else s.previous_id end) then 'default_moved'
			else '' end
	from schedules s
	join users u on u.id = s.made_by
	left join users x on x.id = s.cancelled_by
	left join ` + personaVersion("s.workspace_id", "s.persona_id", "s.persona_version") + ` v on true
	left join ` + personaVersion("s.workspace_id", "s.previous_id", "s.previous_version") + ` b on true
	left join campaigns c on c.workspace_id = s.workspace_id and c.id = s.campaign_id
	left join personas t on t.workspace_id = s.workspace_id
		and t.id = case s.state when 'waiting' then s.persona_id else s.previous_id end
	left join personas n on n.workspace_id = s.workspace_id and n.is_default
	cross join ` + defaultSince + ` d
	cross join ` + campaignSince + ` a
	where s.workspace_id = $1`

func scanSchedule(row pgx.CollectableRow) (persona.Schedule, error) {
	var s persona.Schedule
	var ends, closed *time.Time
	err := row.Scan(&s.ID, &s.Kind, &s.State, &s.Persona.ID, &s.Persona.Version, &s.Persona.Name,
		&s.Previous.ID, &s.Previous.Version, &s.Previous.Name, &s.Campaign.ID, &s.Campaign.Name,
		&s.Start, &ends, &s.At, &s.By.ID, &s.By.Name, &s.Role, &s.StartEvent, &s.EndEvent, &closed,
		&s.CancelledBy, &s.CancelledAs, &s.Skipped)
	set(&s.End, ends)
	set(&s.ClosedAt, closed)
	return s, err
}

// scheduleShown holds for those of the default that are to come, and what could not be done in
// the last week.
const scheduleShown = `(s.due_at is not null and s.kind = 'switch'
	or s.closed_at > now() - interval '7 days' and s.state = 'skipped')`

var (
	selectSchedule = selectSchedules + ` and s.id = $2`
	schedulesShown = selectSchedules + ` and ` + scheduleShown + ` order by coalesce(s.due_at, s.closed_at), s.id limit 20`
	openSchedules  = selectSchedules + ` and s.due_at is not null order by s.due_at, s.id`
)

// OpenSchedules returns the schedules of which something is to come, the next first.
func (db *DB) OpenSchedules(ctx context.Context, a Access) ([]persona.Schedule, error) {
	var list []persona.Schedule
	batch := &pgx.Batch{}
	collect(batch.Queue(openSchedules, a.workspace), &list, scanSchedule)
	return list, db.readAll(ctx, a, batch)
}

// ClosedSchedules returns a part of the others, the latest first, and whether more follow.
func (db *DB) ClosedSchedules(ctx context.Context, a Access, r Rows) (list []persona.Schedule, more bool, err error) {
	batch := &pgx.Batch{}
	limit, offset := r.arguments()
	// Chosen by themselves, as proposals are.
	collect(batch.Queue(`with page as materialized (
			select id from schedules where workspace_id = $1 and closed_at is not null order by closed_at desc, id desc limit $2 offset $3) `+
		selectSchedules+` and s.id in (select id from page) order by s.closed_at desc, s.id desc`, a.workspace, limit, offset), &list, scanSchedule)
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, err
}

// Schedule returns a schedule, or persona.ErrNotFound.
func (db *DB) Schedule(ctx context.Context, a Access, id uuid.UUID) (persona.Schedule, error) {
	var s persona.Schedule
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectSchedule, a.workspace, id), &s, scanSchedule)
	return s, db.readAll(ctx, a, batch)
}

// scheduling is the permission that each kind of schedule takes.
func scheduling(kind persona.ProposalKind) access.Permission {
	if kind == persona.ProposedAssignment {
		return access.Write
	}
	return access.SwitchDefault
}

// AddSchedule has a switch or an assignment happen at a moment; a switch is proposed instead
// where a second person has to approve it. It fails with an InvalidError, also for a moment at
// which the access by which it is asked is over; with a TooLateError for an archived campaign;
// and with persona.ErrNotFound for a campaign or a persona that this workspace does not have.
func (db *DB) AddSchedule(ctx context.Context, a Access, r persona.ScheduleRequest) (persona.Scheduled, error) {
	r.Start, r.End = r.Start.Truncate(time.Microsecond), r.End.Truncate(time.Microsecond)
	if err := r.Check(time.Now()); err != nil {
		return persona.Scheduled{}, err
	}
	return write(ctx, db, a, scheduling(r.Kind), audit.ScheduleMade, func(c *change) (s persona.Scheduled, err error) {
		if c.two && r.Kind == persona.ProposedSwitch {
			s.Proposed, err = proposeInstead(ctx, c, a, persona.Suggestion{Kind: r.Kind, Persona: r.Persona, Start: r.Start, End: r.End})
			return s, err
		}
		s.Schedule, err = schedule(ctx, c, a, r, uuid.NullUUID{})
		return s, err
	})
}

// schedule adds a schedule, also one of a proposal that was approved.
func schedule(
	ctx context.Context, c *change, a Access, r persona.ScheduleRequest, proposal uuid.NullUUID,
) (made persona.Schedule, err error) {
	var open, same int
	err = c.QueryRow(ctx, `select count(*), count(*) filter (where kind = $2 and campaign_id is not distinct from $3)
		from schedules where workspace_id = $1 and due_at is not null`, a.workspace, r.Kind, campaignOf(r)).Scan(&open, &same)
	if err == nil {
		err = persona.RoomForSchedule(open)
	}
	if err == nil {
		err = lastsUntil(ctx, c, a, r)
	}
	if err != nil {
		return made, err
	}
	now, err := pinSchedule(ctx, c, a, r, same > 0)
	if err != nil {
		return made, err
	}
	return insertSchedule(ctx, c, a, r, now, proposal)
}

// momentOf returns t as a column holds it: null where it is zero.
func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func campaignOf(r persona.ScheduleRequest) uuid.NullUUID {
	return uuid.NullUUID{UUID: r.Campaign, Valid: r.Kind == persona.ProposedAssignment}
}

// lastsUntil fails with an InvalidError where the grant or token by which something is
// scheduled is over before its last step.
func lastsUntil(ctx context.Context, tx pgx.Tx, a Access, r persona.ScheduleRequest) error {
	over, by := a.until, i18n.Say("Your support access ends")
	if a.token.Valid {
		by = i18n.Say("This token ends")
		err := tx.QueryRow(ctx, `select expires_at from api_tokens where workspace_id = $1 and id = $2`, a.workspace, a.token).Scan(&over)
		if err != nil {
			return err
		}
	}
	var wrong []persona.FieldError
	for _, m := range []struct {
		field string
		at    time.Time
	}{{"at", r.Start}, {"until", r.End}} {
		if !over.IsZero() && m.at.After(over) {
			wrong = append(wrong, persona.FieldError{Field: m.field, Message: i18n.Say(
				"%s on %s, before this moment. Choose an earlier one, or ask an admin of this workspace to schedule it",
				by, i18n.UTC(over))})
		}
	}
	if len(wrong) > 0 {
		return &persona.InvalidError{Fields: wrong}
	}
	return nil
}

// pinSchedule returns what a schedule is made from, and has the event name it. What is so
// already can be scheduled where another schedule may change it first.
func pinSchedule(ctx context.Context, c *change, a Access, r persona.ScheduleRequest, others bool) (now pins, err error) {
	if now.persona, err = chosenPersona(ctx, c, a, r.Persona); err != nil {
		return now, err
	}
	already := func(message i18n.Text) error {
		if others {
			return nil
		}
		return &persona.InvalidError{Fields: []persona.FieldError{{Field: "persona", Message: message}}}
	}
	if r.Kind == persona.ProposedSwitch {
		if now.persona == nil {
			return now, persona.ErrNotFound
		}
		if now.previous, err = queryDefault(ctx, c, a); err == nil && now.persona.IsDefault {
			err = already(i18n.Say("“%s” is the default already. Choose another persona", persona.Isolate(now.persona.Name)))
		}
		return now, err
	}
	named, err := pinCampaign(ctx, c, a, r.Campaign, &now)
	if err == nil && named == r.Persona {
		err = already(i18n.Say("The campaign is answered like that already. Choose somebody else"))
	}
	return now, err
}

func insertSchedule(
	ctx context.Context, c *change, a Access, r persona.ScheduleRequest, now pins, proposal uuid.NullUUID,
) (made persona.Schedule, err error) {
	var id uuid.UUID
	err = c.QueryRow(ctx, `insert into schedules (workspace_id, kind, persona_id, persona_version, previous_id, previous_version,
			campaign_id, starts_at, ends_at, rev, made_by, capacity, token_id, proposal_id)
		select $1, $2, $3, $4, $5, $6, $7, $8, $9, rev + 1, $10, $11, $12, $13 from workspace_revisions where workspace_id = $1 returning id`,
		a.workspace, r.Kind, idOf(now.persona), versionOf(now.persona), idOf(now.previous), versionOf(now.previous), now.campaign,
		r.Start, momentOf(r.End), a.user, string(a.role), a.token, proposal).Scan(&id)
	if err != nil {
		return made, err
	}
	c.details.Schedule = valid(id)
	if !proposal.Valid {
		c.details.User = a.user
	}
	return queryOne(ctx, c, scanSchedule, selectSchedule, a.workspace, id)
}

// CancelSchedule ends a schedule of which something is to come: nothing more is done, and
// what was done stays. It fails with a TooLateError for one that is over, with
// access.ErrForbidden for whoever might not have made it, and with persona.ErrNotFound.
func (db *DB) CancelSchedule(ctx context.Context, a Access, id uuid.UUID) (persona.Schedule, error) {
	var kind persona.ProposalKind
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select kind from schedules where workspace_id = $1 and id = $2`, a.workspace, id), &kind)
	if err := db.readAll(ctx, a, batch); err != nil {
		return persona.Schedule{}, err
	}
	return write(ctx, db, a, scheduling(kind), audit.ScheduleCancelled, func(c *change) (persona.Schedule, error) {
		s, err := queryOne(ctx, c, scanSchedule, selectSchedule, a.workspace, id)
		if err == nil && !s.Open() {
			err = s.Over()
		}
		if err != nil {
			return s, err
		}
		c.aboutSchedule(s)
		if _, err = c.Exec(ctx, `update schedules set state = 'cancelled', closed_at = clock_timestamp(), cancelled_by = $3, cancelled_as = $4
			where workspace_id = $1 and id = $2`, a.workspace, id, a.user, string(a.role)); err != nil {
			return s, err
		}
		return queryOne(ctx, c, scanSchedule, selectSchedule, a.workspace, id)
	})
}

// aboutSchedule has the event name a schedule and what its next step is about.
func (c *change) aboutSchedule(s persona.Schedule) {
	c.details.Schedule, c.details.User = valid(s.ID), valid(s.By.ID)
	c.persona, c.version = s.To().ID, s.To().Version
	if s.Kind == persona.ProposedAssignment {
		c.campaign = valid(s.Campaign.ID)
	}
}

// ScheduleRun is what became of a step of a schedule that was due.
type ScheduleRun struct {
	Workspace uuid.UUID
	Schedule  persona.Schedule // as it is now
	At        time.Time        // when it was due
	Event     uuid.UUID        // that tells of it
	Done      bool             // the step was taken; else it was skipped, and nothing else was changed
}

// dueBatch is how many schedules RunSchedules looks for at once.
const dueBatch = 100

// RunSchedules takes the steps that are due by now, of all workspaces, in their order, and
// returns what became of each. Where another does so at once, or did so and died, each step is
// still taken once. It fails with what went wrong with some of them after all had their turn;
// those are due still.
func (db *DB) RunSchedules(ctx context.Context, now time.Time) (ran []ScheduleRun, err error) {
	type due struct{ Workspace, ID uuid.UUID }
	list, err := queryAll(ctx, db.writes, pgx.RowToStructByPos[due], `select s.workspace_id, s.id from schedules s
		cross join lateral (select from workspaces w where w.id = s.workspace_id and w.erasing_at is null offset 0) w
		where s.due_at <= $1 order by s.due_at, s.made_at, s.id limit $2`, now, dueBatch)
	if err != nil {
		return nil, explain(err)
	}
	var failed error
	for _, d := range list {
		if ctx.Err() != nil {
			break
		}
		run, err := db.runSchedule(ctx, d.Workspace, d.ID, now)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("schedule %s: %w", d.ID, err))
		} else if run != nil {
			ran = append(ran, *run)
		}
	}
	return ran, failed
}

// runSchedule takes the step of a schedule that is due, as whoever made it; nil: none is any
// more. Where a rule refuses it, it is skipped.
func (db *DB) runSchedule(ctx context.Context, workspace, id uuid.UUID, now time.Time) (*ScheduleRun, error) {
	run, err := db.stepSchedule(ctx, workspace, id, now, "")
	switch {
	case errors.Is(err, persona.ErrSecondPerson):
		run, err = db.stepSchedule(ctx, workspace, id, now, persona.SkippedTwo)
	case err != nil && isRefusal(err):
		run, err = db.stepSchedule(ctx, workspace, id, now, persona.SkippedRefused)
	}
	return run, err
}

// isRefusal reports whether an error says that something may not be done as things are, so
// that another try would be refused too.
func isRefusal(err error) bool {
	code, _ := sqlState(err)
	return errors.As(err, new(*persona.TooLateError)) || errors.As(err, new(*persona.InvalidError)) ||
		errors.Is(err, access.ErrForbidden) || errors.Is(err, persona.ErrNotFound) || strings.HasPrefix(code, "23")
}

// stepSchedule is runSchedule, and skips the step for a reason where one is given.
func (db *DB) stepSchedule(
	ctx context.Context, workspace, id uuid.UUID, now time.Time, reason persona.Overtaking,
) (*ScheduleRun, error) {
	a := Access{workspace: workspace, role: access.System, permission: access.Write}
	return writer[*ScheduleRun]{
		action: audit.ScheduleSkipped,
		always: true,
		admit:  func(*pgx.Batch) error { return nil }, // do looks at whoever made the schedule
		do: func(c *change) (*ScheduleRun, error) {
			s, err := queryOne(ctx, c, scanSchedule, selectSchedule, workspace, id)
			if err != nil {
				return nil, err
			}
			due := s.Due()
			if due.IsZero() || due.After(now) {
				c.unchanged = true
				return nil, nil
			}
			c.aboutSchedule(s)
			run := &ScheduleRun{Workspace: workspace, Schedule: s, At: due, Event: c.id}
			by, why, err := mayStep(ctx, c, s, now)
			if err != nil {
				return nil, err
			}
			why = cmp.Or(reason, why)
			if run.Done = why == ""; run.Done {
				err = takeStep(ctx, c, by, &run.Schedule)
			} else {
				err = skipStep(ctx, c, &run.Schedule, why)
			}
			return run, err
		},
	}.write(ctx, db, a)
}

// mayStep returns the access by which the step that is due is taken, as it is at this moment,
// and why it is not taken; "": it is.
func mayStep(ctx context.Context, c *change, s persona.Schedule, now time.Time) (by Access, why persona.Overtaking, err error) {
	a := c.access
	var archived, so bool
	err = c.QueryRow(ctx, `select archived_at is not null, case when $2::uuid is null
			then exists (select from personas where workspace_id = $1 and is_default and id = $3)
			else exists (select from campaigns where workspace_id = $1 and id = $2 and persona_id is not distinct from $3) end
		from workspaces where id = $1`, a.workspace, c.campaign, s.To().ID).Scan(&archived, &so)
	if err != nil {
		return by, "", err
	}
	by, allowed, err := standsBehind(ctx, c, a.workspace, s)
	if err != nil {
		return by, "", err
	}
	switch {
	case archived:
		why = persona.SkippedArchived
	case s.State == persona.ScheduleWaiting && !s.End.IsZero() && !s.End.After(now):
		why = persona.SkippedMissed
	case !allowed:
		why = persona.SkippedAccess
	case s.Skipped != "":
		why = s.Skipped
	case so:
		why = persona.SkippedAlready
	}
	return by, why, nil
}

// standsBehind returns the access that whoever made a schedule has now, and whether it includes
// what the schedule does: as a write of theirs is asked, under the workspace's lock. What a
// token scheduled stands and falls with the token.
func standsBehind(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, s persona.Schedule) (a Access, allowed bool, err error) {
	a = Access{workspace: workspace, user: valid(s.By.ID), role: access.ByToken}
	var member, scope *string
	var superadmin, unproven bool
	err = tx.QueryRow(ctx, `select s.token_id, m.role, g.id, g.scope, u.superadmin, w.require_second_factor and not `+hasFactor+`
		from schedules s join workspaces w on w.id = s.workspace_id join users u on u.id = s.made_by
		left join members m on m.workspace_id = s.workspace_id and m.user_id = u.id
		left join lateral (select g.id, g.scope from support_grants g
			where u.support and g.workspace_id = s.workspace_id and g.user_id = u.id and `+currentGrant+`
			order by g.scope, g.expires_at desc limit 1) g on true
		where s.workspace_id = $1 and s.id = $2`, workspace, s.ID).Scan(&a.token, &member, &a.grant, &scope, &superadmin, &unproven)
	if err != nil {
		return a, false, err
	}
	a.permission = access.Manage // of a token: queueAdmit asks how much it may do
	if !a.token.Valid {
		a.role, a.permission = highest(member, scope, superadmin)
		if a.role != access.Support {
			a.grant = uuid.NullUUID{}
		}
		if unproven && a.needsFactor() || a.permission == access.None {
			return a, false, nil
		}
	}
	batch := &pgx.Batch{}
	if err := queueAdmit(batch, a, scheduling(s.Kind)); err != nil {
		return a, false, err
	}
	err = tx.SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrSignedOut) {
		return a, false, nil
	}
	return a, err == nil, err
}

// takeStep makes the change that is due, or takes it back: with the event that it has
// otherwise, which names the schedule.
func takeStep(ctx context.Context, c *change, by Access, s *persona.Schedule) error {
	c.access = by
	to := s.To().ID
	if err := forward(ctx, c, s); err != nil {
		return err
	}
	if s.Kind == persona.ProposedAssignment {
		c.action = audit.CampaignAssigned
		_, err := assign(ctx, c, by, s.Campaign.ID, to)
		return err
	}
	c.action = audit.DefaultSet
	var now before
	var kept *keptTrial
	batch := &pgx.Batch{}
	queueBefore(batch, by, to.UUID, true, &now)
	queueKeptTrial(batch, by, to.UUID, &kept)
	if err := c.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	_, err := setDefault(ctx, c, by, now, kept)
	return err
}

// forward writes that the step that is due is taken, whom it takes over from, and that what
// happens from now on is newer; and brings s up to that.
func forward(ctx context.Context, c *change, s *persona.Schedule) error {
	state, closed := persona.ScheduleDone, time.Now()
	if !s.Started() && !s.End.IsZero() {
		state, closed = persona.ScheduleActive, time.Time{}
	}
	column := "start_event"
	if s.Started() {
		column = "end_event"
	}
	err := c.QueryRow(ctx, `update schedules s set state = $3, `+column+` = $4, closed_at = case when $3 = 'done' then clock_timestamp() end,
			rev = r.rev + 1, previous_id = case when s.start_event is null then p.id else s.previous_id end,
			previous_version = case when s.start_event is null then p.version else s.previous_version end
		from workspace_revisions r
		left join lateral (select p.id, p.version from personas p where p.workspace_id = r.workspace_id
			and case when $5::uuid is null then p.is_default else p.id = (select c.persona_id from campaigns c
				where c.workspace_id = p.workspace_id and c.id = $5) end) p on true
		where s.workspace_id = $1 and s.id = $2 and r.workspace_id = s.workspace_id
		returning s.previous_id, coalesce(s.previous_version, 0)`,
		c.access.workspace, s.ID, state, c.id, c.campaign).Scan(&s.Previous.ID, &s.Previous.Version)
	if s.State, s.ClosedAt = state, closed; s.Started() {
		s.EndEvent = valid(c.id)
	} else {
		s.StartEvent = valid(c.id)
	}
	return err
}

// skipStep ends a schedule without taking its step, and changes nothing else.
func skipStep(ctx context.Context, c *change, s *persona.Schedule, reason persona.Overtaking) error {
	c.details.Reason = string(reason)
	s.State, s.Skipped, s.ClosedAt = persona.ScheduleSkipped, reason, time.Now()
	_, err := c.Exec(ctx, `update schedules set state = 'skipped', skipped_by = $3, closed_at = clock_timestamp()
		where workspace_id = $1 and id = $2`, c.access.workspace, s.ID, reason)
	return err
}
