package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

var versionColumns = contentColumns.words("v") + `, v.version, v.is_default, v.deleted, v.recorded_at,
	coalesce(u.name, ''), coalesce(e.capacity, ''), coalesce(e.action, '')`

const versionTables = ` from persona_versions v
	left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
	left join users u on u.id = e.actor_id`

func scanVersion(row pgx.CollectableRow) (audit.Version, error) {
	var v audit.Version
	err := row.Scan(append(contentTargets(&v.Content),
		&v.Number, &v.IsDefault, &v.Deleted, &v.At, &v.Who, &v.Role, &v.Action)...)
	return v, err
}

var selectVersions = `select ` + versionColumns + versionTables + `
	where v.workspace_id = $1 and v.persona_id = $2 and ($3 = 0 or v.version < $3)
	order by v.version desc limit $4`

var selectVersion = `select ` + versionColumns + versionTables + `
	where v.workspace_id = $1 and v.persona_id = $2 and v.version = $3`

// History returns the versions of a persona, deleted or not, before the version
// named (0: from the newest). It fails with persona.ErrNotFound when the
// workspace never had it.
func (db *DB) History(ctx context.Context, a Access, id uuid.UUID, before int) (audit.History, error) {
	h := audit.History{ID: id}
	var now *persona.Persona
	batch := &pgx.Batch{}
	collect(batch.Queue(selectVersions, a.workspace, id, before, audit.HistoryPageSize+1), &h.Versions, scanVersion)
	collectFirst(batch.Queue(selectPersona, a.workspace, id), &now, scanPersona)
	scanRow(batch.Queue(`select not exists (select from personas where workspace_id = $1 and is_default and id <> $2)`,
		a.workspace, id), &h.IsDefault)
	queueVoice(batch, a.workspace, &h.Settings)
	if err := db.readAll(ctx, a, batch); err != nil {
		return audit.History{}, err
	}
	if len(h.Versions) == 0 {
		return audit.History{}, persona.ErrNotFound
	}
	if now != nil {
		h.Now, h.Reads = now.Version, now.Content
	}
	return h, nil
}

// Compare returns two versions of a persona, or persona.ErrNotFound.
func (db *DB) Compare(ctx context.Context, a Access, id uuid.UUID, from, to int) (audit.Comparison, error) {
	var c audit.Comparison
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectVersion, a.workspace, id, from), &c.From, scanVersion)
	collectOne(batch.Queue(selectVersion, a.workspace, id, to), &c.To, scanVersion)
	return c, db.readAll(ctx, a, batch)
}

// DeletedPersonas lists the personas that were deleted and not restored, the
// latest first, at most 200.
func (db *DB) DeletedPersonas(ctx context.Context, a Access) ([]audit.Restorable, error) {
	var list []audit.Restorable
	batch := &pgx.Batch{}
	collect(batch.Queue(`select v.persona_id, v.name, v.version, v.recorded_at, coalesce(u.name, '')`+versionTables+`
		where v.workspace_id = $1 and v.deleted
			and not exists (select from persona_versions later where later.workspace_id = v.workspace_id
				and later.persona_id = v.persona_id and later.version > v.version)
		order by v.recorded_at desc, v.persona_id limit 200`, a.workspace), &list, pgx.RowToStructByPos[audit.Restorable])
	return list, db.readAll(ctx, a, batch)
}

// Restore changes a persona to the words of one of its versions, as a new
// version; now is the version that it is at, 0 for one that is deleted. A
// deleted persona comes back under its old id, and as the default only where
// there is no other. It fails with a StaleError, a NameTakenError, or with an
// InvalidError where that version has words that no persona can hold.
func (db *DB) Restore(ctx context.Context, a Access, id uuid.UUID, version, now int) (persona.Saved, error) {
	saved, err := write(ctx, db, a, access.Write, audit.PersonaRestored, func(c *change) (persona.Saved, error) {
		old, err := queryOne(ctx, c, scanVersion, selectVersion, a.workspace, id, version)
		if err != nil {
			return persona.Saved{}, err
		}
		// A version may hold what no rule was kept for, such as words as they came over.
		content, err := old.Validate()
		if err != nil {
			return persona.Saved{}, err
		}
		saved, err := restore(ctx, c, a, id, content, now)
		return saved, asNameTaken(err, content.Name)
	})
	return saved, db.nameTaken(ctx, a, err)
}

func restore(
	ctx context.Context, c *change, a Access, id uuid.UUID, content persona.Content, now int,
) (s persona.Saved, err error) {
	settings, err := settingsOf(ctx, c, a)
	if err != nil {
		return s, err
	}
	p, err := queryPersona(ctx, c, a, id)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		p = persona.Persona{ID: id}
	case err != nil:
		return s, err
	}
	if p.Version != now {
		return s, &persona.StaleError{Theirs: p, Yours: content}
	}
	c.about(id)
	c.version = p.Version
	if p.Version == 0 {
		s.Persona, err = restoreDeleted(ctx, c, a, id, content)
	} else {
		c.details.Fields = changedFields(p.Content, content)
		if err = updatePersona(ctx, c, p, content, p.IsDefault); err == nil {
			s.Persona, err = queryPersona(ctx, c, a, id)
		}
	}
	if err != nil || !s.Persona.IsDefault {
		return s, err
	}
	s.Replaced = persona.Diff(settings.Voice, content.Voice)
	return s, mirror(ctx, c, a)
}

func restoreDeleted(
	ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, c persona.Content,
) (persona.Persona, error) {
	var has int
	err := tx.QueryRow(ctx, countThem, a.workspace).Scan(&has)
	if err == nil {
		err = persona.Room("name", has, 1)
	}
	if err != nil {
		return persona.Persona{}, err
	}
	return insertPersonaAs(ctx, tx, a, id, c, has == 0)
}
