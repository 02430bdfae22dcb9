package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

const (
	switched = "persona.default_set"
	undone   = "persona.default_undone"
)

// Undo takes back a switch of the default: the persona before is the default
// again and mirrored. Where that was done already and nothing newer happened to
// the default, it changes nothing. It fails with persona.ErrNotFound for what is
// no switch of this workspace, and with a TooLateError when either persona was
// changed or the default moved since.
func (db *DB) Undo(ctx context.Context, a Access, switchEvent uuid.UUID) (Switch, error) {
	var s Switch
	e := &event{action: undone, result: &s}
	err := db.write(ctx, a, SwitchDefault, e, func(tx pgx.Tx) error {
		s = Switch{}
		var detail []byte
		err := tx.QueryRow(ctx, `select details from audit_events where workspace_id = $1 and id = $2 and action = $3`,
			a.workspace, switchEvent, switched).Scan(&detail)
		if err != nil {
			return err
		}
		var was details
		if err := json.Unmarshal(detail, &was); err != nil {
			return err
		}
		if !was.From.Valid || was.From == was.To {
			return &persona.TooLateError{Reason: "That switch changed nothing, so there is nothing to undo."}
		}
		rows, err := tx.Query(ctx, selectUndone, a.workspace, switchEvent, undone)
		if err != nil {
			return err
		}
		again, err := first(pgx.CollectRows(rows, scanPersona))
		if err != nil {
			return err
		}
		if again != nil {
			s.To, s.Already = *again, true
			return errNothingToWrite
		}
		to, err := unchangedSince(ctx, tx, a, was.To.UUID, switchEvent)
		if err != nil {
			return err
		}
		from, err := unchangedSince(ctx, tx, a, was.From.UUID, switchEvent)
		if err != nil {
			return err
		}
		settings, err := settingsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		s.From = &to
		e.details.From = valid(to.ID)
		s.To, err = promote(ctx, tx, a, from.ID)
		s.Moved = s.To.Campaigns - from.Campaigns
		s.Changed = persona.Diff(settings.Voice, s.To.Voice)
		e.about(from.ID)
		e.details.To = e.persona
		return err
	})
	return s, err
}

// selectUndoable finds the switch that Undo would take back: both personas are
// still as it left them. There is at most one, because every switch changes the
// default.
const selectUndoable = `select e.id from personas p
	join persona_versions v on v.workspace_id = p.workspace_id and v.persona_id = p.id and v.version = p.version
	join audit_events e on e.workspace_id = p.workspace_id and e.id = v.event_id and e.action = $2 and e.details->>'to' = p.id::text
	join personas was on was.workspace_id = p.workspace_id and was.id = (e.details->>'from')::uuid and was.id <> p.id
	join persona_versions w on w.workspace_id = was.workspace_id and w.persona_id = was.id and w.version = was.version and w.event_id = e.id
	where p.workspace_id = $1 and p.is_default`

// selectUndone finds the default where it is still as Undo left it when it took
// that switch back: its latest version comes of an undoing, the one before it of
// the switch.
const selectUndone = `select ` + personaColumns + ` from personas p
	join persona_versions s on s.workspace_id = p.workspace_id and s.persona_id = p.id and s.version = p.version - 1 and s.event_id = $2
	join persona_versions v on v.workspace_id = p.workspace_id and v.persona_id = p.id and v.version = p.version
	join audit_events e on e.workspace_id = p.workspace_id and e.id = v.event_id and e.action = $3
	where p.workspace_id = $1 and p.is_default`

func undoable(ctx context.Context, tx pgx.Tx, a Access) (uuid.UUID, error) {
	rows, err := tx.Query(ctx, selectUndoable, a.workspace, switched)
	if err != nil {
		return uuid.Nil, err
	}
	return collectUndoable(rows)
}

// collectUndoable gives uuid.Nil where there is nothing to undo.
func collectUndoable(rows pgx.Rows) (uuid.UUID, error) {
	id, err := first(pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]))
	if id == nil {
		return uuid.Nil, err
	}
	return *id, err
}

// unchangedSince gives a persona that is still as an event left it.
func unchangedSince(ctx context.Context, tx pgx.Tx, a Access, id, event uuid.UUID) (persona.Persona, error) {
	var name string
	var version int
	err := tx.QueryRow(ctx, `select name, version from persona_versions where workspace_id = $1 and persona_id = $2 and event_id = $3`,
		a.workspace, id, event).Scan(&name, &version)
	if err != nil {
		return persona.Persona{}, err
	}
	rows, err := tx.Query(ctx, selectPersona, a.workspace, id)
	if err != nil {
		return persona.Persona{}, err
	}
	now, err := first(pgx.CollectRows(rows, scanPersona))
	switch {
	case err != nil:
		return persona.Persona{}, err
	case now == nil:
		return persona.Persona{}, &persona.TooLateError{Reason: fmt.Sprintf("“%s” was deleted since.", name)}
	case now.Version != version:
		return persona.Persona{}, &persona.TooLateError{Reason: fmt.Sprintf("“%s” was changed since, or the default has moved on.", now.Name)}
	}
	return *now, nil
}

// selectUnnamed lists the campaigns that name no persona: the default answers.
const selectUnnamed = `select name from campaigns where workspace_id = $1 and persona_id is null order by name collate "und-x-icu", id`

// Impact is what making a persona the default would change.
type Impact struct {
	Target    persona.Persona
	Default   *persona.Persona      // nil: there is none
	Campaigns []string              // names of those that name no persona
	Changes   []persona.FieldChange // settings, now and then
}

// Impact gives what making a persona the default would change, and changes
// nothing. It fails with persona.ErrNotFound.
func (db *DB) Impact(ctx context.Context, a Access, id uuid.UUID) (Impact, error) {
	var i Impact
	batch := &pgx.Batch{}
	queueOne(batch, a, id, &i.Target)
	queueDefault(batch, a.workspace, &i.Default)
	batch.Queue(selectUnnamed, a.workspace).Query(func(rows pgx.Rows) (err error) {
		i.Campaigns, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	batch.Queue(selectSettings, a.workspace).Query(func(rows pgx.Rows) error {
		s, err := collectSettings(rows)
		i.Changes = persona.Diff(s.Voice, i.Target.Voice)
		return err
	})
	return i, db.readAll(ctx, a, batch)
}
