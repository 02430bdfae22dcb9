package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// switches are the actions that may move the default from one persona to another,
// which Undo takes back.
var switches = []audit.Action{
	audit.DefaultSet, audit.PersonaCreated, audit.PersonaEdited, audit.PersonaRestored,
	audit.PersonaApplied,
}

// Undo takes back a switch of the default, also one that came with a new persona or
// with other words, which stay: the persona before is the default again and mirrored; or
// that is proposed, where a second person has to approve it.
// Where that was done already and nothing newer happened to the default, it changes
// nothing. It fails with persona.ErrNotFound for what is no switch of this workspace,
// and with a TooLateError when either persona was changed or the default moved since.
func (db *DB) Undo(ctx context.Context, a Access, switchEvent uuid.UUID) (persona.Switch, error) {
	return write(ctx, db, a, access.SwitchDefault, audit.DefaultUndone, func(c *change) (s persona.Switch, err error) {
		was, err := eventOf(ctx, c, a, switchEvent, switches...)
		if err != nil {
			return s, err
		}
		if !was.To.Valid {
			return s, persona.ErrNotFound
		}
		if !was.From.Valid || was.From == was.To {
			return s, &persona.TooLateError{Reason: i18n.Say("That switch changed nothing, so there is nothing to undo.")}
		}
		again, err := queryFirst(ctx, c, scanPersona, selectUndone, a.workspace, switchEvent, audit.DefaultUndone)
		if err != nil {
			return s, err
		}
		if again != nil {
			c.unchanged = true
			return persona.Switch{To: *again, Already: true}, nil
		}
		to, err := unchangedSince(ctx, c, a, was.To.UUID, switchEvent, was.From.UUID)
		if err != nil {
			return s, err
		}
		from, err := unchangedSince(ctx, c, a, was.From.UUID, switchEvent, was.From.UUID)
		if err != nil {
			return s, err
		}
		settings, err := settingsOf(ctx, c, a)
		if err != nil {
			return s, err
		}
		if c.two {
			s.Proposed, err = proposeInstead(ctx, c, a, switchTo(from.ID))
			return s, err
		}
		c.about(from.ID)
		c.details.From, c.details.To = valid(to.ID), c.persona
		s.From = &to
		s.To, err = promote(ctx, c, a, from.ID)
		s.Moved = s.To.Campaigns - from.Campaigns
		s.Changed = persona.Diff(settings.Voice, s.To.Voice)
		return s, err
	})
}

// UndoDelete takes back the deletion of a default: it is back with the words that it had,
// is the default again and mirrored, and answers for the campaigns that named it. Where
// that was done already and nothing newer happened to it, it changes nothing. It fails
// with persona.ErrNotFound for what is no such deletion of this workspace, with a
// TooLateError when it is back, its successor or one of the campaigns was changed or the
// default moved since, and with a NameTakenError. Where a second person has to approve
// another default, that is proposed besides.
func (db *DB) UndoDelete(ctx context.Context, a Access, event uuid.UUID) (persona.Saved, error) {
	saved, err := write(ctx, db, a, access.Write, audit.PersonaRestored, func(c *change) (s persona.Saved, err error) {
		was, err := eventOf(ctx, c, a, event, audit.PersonaDeleted)
		if err != nil {
			return s, err
		}
		again, err := queryFirst(ctx, c, scanPersona, selectUndone, a.workspace, event, audit.PersonaRestored)
		if err != nil {
			return s, err
		}
		if again != nil {
			c.unchanged = true
			return persona.Saved{Persona: *again}, nil
		}
		deleted, err := deletedDefault(ctx, c, a, event, was)
		if err != nil {
			return s, err
		}
		s, err = restore(ctx, c, a, was.persona.UUID, deleted, 0, persona.Comeback{Default: true, All: true})
		if err == nil && s.Given != len(was.Campaigns) {
			err = &persona.TooLateError{Reason: i18n.Say("Somebody chose since who answers for one of its campaigns. " +
				"Restore it and choose which campaigns it gets back.")}
		}
		return s, asNameTaken(err, deleted.Name)
	})
	return saved, db.nameTaken(ctx, a, err)
}

// selectUndoableDeletion finds the deletion of a default that UndoDelete would take back:
// the deletion is the last that happened to the persona, and to the default since. There
// is at most one. It does not ask who answers for the campaigns since.
var selectUndoableDeletion = `
	select e.id from personas p
	join ` + personaVersion("p.workspace_id", "p.id", "p.version") + ` s on true
	join audit_events e on e.workspace_id = p.workspace_id and e.id = s.event_id and e.action = $2 and e.details->>'to' = p.id::text
	where p.workspace_id = $1 and p.is_default and e.id = (select v.event_id from persona_versions v
		where v.workspace_id = e.workspace_id and v.persona_id = e.persona_id order by v.version desc limit 1)
	union all
	select v.event_id from (select id from audit_events where workspace_id = $1 and action = $2 order by rev desc limit 1) e
	join persona_versions v on v.workspace_id = $1 and v.event_id = e.id and v.deleted and v.is_default
	join workspace_settings w on w.workspace_id = v.workspace_id
		and (` + mirrorColumns.words("w") + `) = (` + voiceColumns.words("v") + `)
	where not exists (select from personas where workspace_id = $1)`

// deletedDefault returns the words of the default that an event deleted, where everything
// is still as that event left it.
func deletedDefault(
	ctx context.Context, tx pgx.Tx, a Access, event uuid.UUID, was recordedEvent,
) (persona.Content, error) {
	last, err := queryOne(ctx, tx, scanVersion, `select `+versionColumns+versionTables+`
		where v.workspace_id = $1 and v.persona_id = $2 order by v.version desc limit 1`, a.workspace, was.persona)
	if err != nil {
		return persona.Content{}, err
	}
	var current bool
	var settings persona.Voice
	var others int
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select exists (select from persona_versions where workspace_id = $1 and persona_id = $2
		and version = $3 and event_id = $4 and deleted)`, a.workspace, was.persona, last.Number, event), &current)
	scanRow(batch.Queue(countThem, a.workspace), &others)
	queueVoice(batch, a.workspace, &settings)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return persona.Content{}, err
	}
	late := &persona.TooLateError{Reason: i18n.Say("“%s” was restored or changed since.", last.Name)}
	switch {
	case !current:
		return persona.Content{}, late
	case was.To.Valid:
		if _, err := unchangedSince(ctx, tx, a, was.To.UUID, event, uuid.Nil); err != nil {
			return persona.Content{}, err
		}
	case !last.IsDefault:
		return persona.Content{}, persona.ErrNotFound
	case others > 0:
		late.Reason = i18n.Say("Another persona is the default since.")
		return persona.Content{}, late
	case settings != last.Voice:
		late.Reason = i18n.Say("The workspace settings were changed since.")
		return persona.Content{}, late
	}
	return last.Validate()
}

// recordedEvent is an event that was recorded before.
type recordedEvent struct {
	details
	rev      int // its place in the order of the workspace's writes
	persona  uuid.NullUUID
	campaign uuid.NullUUID
}

// eventOf returns an event, or pgx.ErrNoRows where there is none of these actions.
func eventOf(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, actions ...audit.Action) (recordedEvent, error) {
	var e recordedEvent
	err := tx.QueryRow(ctx, `select rev, persona_id, campaign_id, details from audit_events
		where workspace_id = $1 and id = $2 and action = any($3)`, a.workspace, id, actions).
		Scan(&e.rev, &e.persona, &e.campaign, &e.details)
	return e, err
}

// selectUndoable finds the switch that Undo would take back: both personas are
// still as it left them. There is at most one, because every switch changes the
// default.
var selectUndoable = `select e.id, was.name, e.at, coalesce(u.name, ''), e.capacity from personas p
	join ` + personaVersion("p.workspace_id", "p.id", "p.version") + ` v on true
	join audit_events e on e.workspace_id = p.workspace_id and e.id = v.event_id and e.action = any($2) and e.details->>'to' = p.id::text
	join personas was on was.workspace_id = p.workspace_id and was.id = (e.details->>'from')::uuid and was.id <> p.id
	join ` + personaVersion("was.workspace_id", "was.id", "was.version") + ` w on w.event_id = e.id
	left join users u on u.id = e.actor_id
	where p.workspace_id = $1 and p.is_default`

// selectUndone finds the default where it is still as Undo left it when it took
// that switch back: its latest version comes of an undoing, the one before it of
// the switch.
var selectUndone = `select ` + personaColumns + ` from personas p
	join ` + personaVersion("p.workspace_id", "p.id", "p.version - 1") + ` s on s.event_id = $2
	join ` + personaVersion("p.workspace_id", "p.id", "p.version") + ` v on true
	join audit_events e on e.workspace_id = p.workspace_id and e.id = v.event_id and e.action = $3
	where p.workspace_id = $1 and p.is_default`

func undoable(ctx context.Context, tx pgx.Tx, a Access) (uuid.UUID, error) {
	var u persona.Undoable
	batch := &pgx.Batch{}
	queueUndoable(batch, a.workspace, &u)
	return u.Event, tx.SendBatch(ctx, batch).Close()
}

func queueUndoable(batch *pgx.Batch, workspace uuid.UUID, into *persona.Undoable) {
	collectAny(batch.Queue(selectUndoable, workspace, switches), into, pgx.RowToStructByPos[persona.Undoable])
}

// unchangedSince returns a persona that is still as an event left it, so that back
// can be the default again.
func unchangedSince(ctx context.Context, tx pgx.Tx, a Access, id, event, back uuid.UUID) (persona.Persona, error) {
	var name string
	var version int
	err := tx.QueryRow(ctx, `select name, version from persona_versions where workspace_id = $1 and persona_id = $2 and event_id = $3`,
		a.workspace, id, event).Scan(&name, &version)
	if err != nil {
		return persona.Persona{}, err
	}
	now, err := queryFirst(ctx, tx, scanPersona, selectPersona, a.workspace, id)
	if err != nil {
		return persona.Persona{}, err
	}
	if now != nil && now.Version == version {
		return *now, nil
	}
	return persona.Persona{}, whatHappened(ctx, tx, a, id, version, back, name)
}

// whatHappened returns a TooLateError that says what overtook a persona since a
// version, when, and by whom: it was deleted, else the default moved, else its
// words were changed. back is the persona that was to be the default again.
func whatHappened(
	ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, version int, back uuid.UUID, name string,
) error {
	var deleted, moved bool
	var at time.Time
	var who, current string
	var there uuid.NullUUID
	err := tx.QueryRow(ctx, `
		select v.deleted, v.is_default <> was.is_default as moved, v.recorded_at, coalesce(u.name, ''),
			coalesce((select p.name from personas p where p.workspace_id = $1 and p.is_default), ''),
			(select p.id from personas p where p.workspace_id = $1 and p.id = $4)
		from persona_versions v
		join persona_versions was on was.workspace_id = v.workspace_id and was.persona_id = v.persona_id and was.version = $3
		left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
		left join users u on u.id = e.actor_id
		where v.workspace_id = $1 and v.persona_id = $2 and v.version > $3
		order by v.deleted desc, moved desc, (`+contentColumns.words("v")+`) <> (`+contentColumns.words("was")+`) desc, v.version limit 1`,
		a.workspace, id, version, back).Scan(&deleted, &moved, &at, &who, &current, &there)
	if err != nil {
		return err
	}
	when := i18n.Say("on %s", i18n.UTC(at))
	if who != "" {
		when = i18n.Say("on %s, by %s", i18n.UTC(at), who)
	}
	late := &persona.TooLateError{Again: there.UUID}
	switch {
	case deleted:
		late.Reason = i18n.Say("“%s” was deleted since, %s.", name, when)
	case moved:
		late.Reason = i18n.Say("The default has moved on since, %s. It is “%s” now.", when, current)
	default:
		late.Reason = i18n.Say("“%s” was changed since, %s.", name, when)
	}
	return late
}

// selectUnnamed lists the campaigns that name no persona: the default answers. Its order is that of an index, for which
// PostgreSQL has to be told that a persona comes first, though there is none.
const selectUnnamed = `select name from campaigns
	where workspace_id = $1 and persona_id is null and archived_at is null order by persona_id, name collate "und-x-icu", id limit $2`

// queueUnnamed reads the names of so many of them, and how many there are, counted to
// persona.CountLimit.
func queueUnnamed(batch *pgx.Batch, workspace uuid.UUID, names int, into *[]string, total *int) {
	collect(batch.Queue(selectUnnamed, workspace, names), into, pgx.RowTo[string])
	scanRow(batch.Queue(`select `+countTo(persona.CountLimit, `campaigns where workspace_id = $1 and persona_id is null and archived_at is null`),
		workspace), total)
}

// ImpactInFull is Impact with the names of all campaigns.
func (db *DB) ImpactInFull(ctx context.Context, a Access, id uuid.UUID) (persona.Impact, error) {
	i, err := db.Impact(ctx, a, id)
	if err != nil || i.Unnaming == len(i.Campaigns) {
		return i, err
	}
	batch := &pgx.Batch{}
	collect(batch.Queue(selectUnnamed, a.workspace, nil), &i.Campaigns, pgx.RowTo[string])
	err = db.readAll(ctx, a, batch)
	i.Unnaming = len(i.Campaigns)
	return i, err
}

// Impact returns what making a persona the default would change, with no more than
// persona.NamesShown names of campaigns, and changes nothing. It fails with persona.ErrNotFound.
func (db *DB) Impact(ctx context.Context, a Access, id uuid.UUID) (persona.Impact, error) {
	i := persona.Impact{Target: persona.Persona{ID: id}}
	var kept *keptTrial
	err := db.impact(ctx, a, &i, func(batch *pgx.Batch) {
		queuePersonaShown(batch, a, id, &i.Target)
		queueKeptTrial(batch, a, id, &kept)
	})
	if kept != nil {
		i.Trial = &kept.Trial
	}
	return i, err
}

// ImpactOf is Impact of words that are not saved yet.
func (db *DB) ImpactOf(ctx context.Context, a Access, content persona.Content) (persona.Impact, error) {
	i := persona.Impact{Target: persona.Persona{Content: content}}
	err := db.impact(ctx, a, &i, func(*pgx.Batch) {})
	return i, err
}

func (db *DB) impact(ctx context.Context, a Access, i *persona.Impact, also func(*pgx.Batch)) error {
	var settings persona.Settings
	batch := &pgx.Batch{}
	also(batch)
	queueDefaultShown(batch, a.workspace, &i.Default)
	queueUnnamed(batch, a.workspace, persona.NamesShown, &i.Campaigns, &i.Unnaming)
	queueSettings(batch, a.workspace, &settings)
	scanRow(batch.Queue(defaultWaiting, a.workspace), &i.Waiting)
	if err := db.readAll(ctx, a, batch); err != nil {
		return err
	}
	i.Changes = persona.Diff(settings.Voice, i.Target.Voice)
	i.Mark = impactMark(i.Default, settings)
	return nil
}

// impactMark names the state from which it was worked out what moving the default does.
func impactMark(previous *persona.Persona, settings persona.Settings) string {
	campaigns := 0
	if previous != nil {
		campaigns = min(previous.Campaigns, persona.CountLimit+1) // as a page counts them
	}
	return fmt.Sprintf("%s %d %d", idOf(previous).UUID, campaigns, settings.Version)
}

// AsShown returns a for one write that was shown what moving the default would do. It
// fails with a persona.ShownOtherDefaultError, and writes nothing, where mark is not
// that of how things stand now. An empty mark holds of any.
func (a Access) AsShown(mark string) Access {
	a.shown = mark
	return a
}

func (a Access) holdsAsShown(previous *persona.Persona, settings persona.Settings) error {
	if a.shown != "" && a.shown != impactMark(previous, settings) {
		return &persona.ShownOtherDefaultError{}
	}
	return nil
}
