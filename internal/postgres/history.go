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

// HistoryPage is how many versions a page of a history holds.
const HistoryPage = 50

var versionColumns = contentColumns.words("v") + `, v.version, v.is_default, v.deleted, v.recorded_at, coalesce(u.name, ''), coalesce(e.capacity, ''), coalesce(e.action, '')`

const versionTables = ` from persona_versions v
	left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
	left join users u on u.id = e.actor_id`

func scanVersion(row pgx.CollectableRow) (audit.Version, error) {
	var v audit.Version
	err := row.Scan(append(contentTargets(&v.Content),
		&v.Number, &v.IsDefault, &v.Deleted, &v.At, &v.Who, &v.Capacity, &v.Action)...)
	return v, err
}

// History gives the versions of a persona, deleted or not, before the version
// named (0: from the newest). It fails with persona.ErrNotFound when the
// workspace never had it.
func (db *DB) History(ctx context.Context, a Access, id uuid.UUID, before int) (audit.History, error) {
	h := audit.History{ID: id}
	batch := &pgx.Batch{}
	var now *persona.Persona
	collect(batch.Queue(`select `+versionColumns+versionTables+`
		where v.workspace_id = $1 and v.persona_id = $2 and ($3 = 0 or v.version < $3)
		order by v.version desc limit $4`, a.workspace, id, before, HistoryPage+1), &h.Versions, scanVersion)
	collectFirst(batch.Queue(selectPersona, a.workspace, id), &now, scanPersona)
	scanRow(batch.Queue(`select not exists (select from personas where workspace_id = $1 and is_default and id <> $2)`, a.workspace, id), &h.IsDefault)
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

// Compare gives two versions of a persona, or persona.ErrNotFound.
func (db *DB) Compare(ctx context.Context, a Access, id uuid.UUID, from, to int) (audit.Comparison, error) {
	var c audit.Comparison
	batch := &pgx.Batch{}
	for number, into := range map[int]*audit.Version{from: &c.From, to: &c.To} {
		collectOne(batch.Queue(`select `+versionColumns+versionTables+` where v.workspace_id = $1 and v.persona_id = $2 and v.version = $3`, a.workspace, id, number), into, scanVersion)
	}
	err := db.readAll(ctx, a, batch)
	if from == to {
		c.From = c.To
	}
	return c, err
}

// DeletedPersonas lists the personas that were deleted and not restored, the
// latest first, at most 200.
func (db *DB) DeletedPersonas(ctx context.Context, a Access) ([]audit.Restorable, error) {
	var list []audit.Restorable
	batch := &pgx.Batch{}
	collect(batch.Queue(`select v.persona_id, v.name, v.version, v.recorded_at, coalesce(u.name, '')`+versionTables+`
		where v.workspace_id = $1 and v.deleted
			and not exists (select from persona_versions later
				where later.workspace_id = v.workspace_id and later.persona_id = v.persona_id and later.version > v.version)
		order by v.recorded_at desc, v.persona_id limit 200`, a.workspace), &list, func(row pgx.CollectableRow) (audit.Restorable, error) {
		var p audit.Restorable
		return p, row.Scan(&p.ID, &p.Name, &p.Version, &p.At, &p.Who)
	})
	return list, db.readAll(ctx, a, batch)
}

// Restore gives a persona the words of one of its versions again, as a new
// version; now is the version that it is at, 0 for one that is deleted. A
// deleted persona comes back under its old id, and as the default only where
// there is no other. It fails with a StaleError, a NameTakenError, or with an
// InvalidError where that version has words that no persona can hold.
func (db *DB) Restore(ctx context.Context, a Access, id uuid.UUID, version, now int) (persona.Saved, error) {
	var s persona.Saved
	var content persona.Content
	e := &event{action: audit.PersonaRestored, result: &s}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		s = persona.Saved{}
		old, err := queryOne(ctx, tx, scanVersion, `select `+versionColumns+versionTables+` where v.workspace_id = $1 and v.persona_id = $2 and v.version = $3`, a.workspace, id, version)
		if err != nil {
			return err
		}
		// A version may hold what no rule was kept for, such as words as they came over.
		if content, err = old.Validate(); err != nil {
			return err
		}
		e.about(id)
		settings, err := settingsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		p, err := queryPersona(ctx, tx, a, id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			p = persona.Persona{ID: id}
		case err != nil:
			return err
		}
		if p.Version != now {
			return &persona.StaleError{Theirs: p, Yours: content}
		}
		e.version = p.Version
		if p.Version == 0 {
			s.Persona, err = bringBack(ctx, tx, a, id, content)
		} else {
			e.details.Fields = changedFields(p.Content, content)
			if err = updatePersona(ctx, tx, p, content, p.IsDefault); err == nil {
				s.Persona, err = queryPersona(ctx, tx, a, id)
			}
		}
		if err != nil || !s.Persona.IsDefault {
			return err
		}
		s.Replaced = persona.Diff(settings.Voice, content.Voice)
		return mirror(ctx, tx, a)
	})
	return s, db.nameTaken(ctx, a, err, content.Name)
}

func bringBack(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, c persona.Content) (persona.Persona, error) {
	has, err := hasPersona(ctx, tx, a)
	if err != nil {
		return persona.Persona{}, err
	}
	return insertPersonaAs(ctx, tx, a, id, c, !has)
}
