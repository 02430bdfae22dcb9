package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// personaColumns and scanPersona go together. They need personas as p.
var personaColumns = `p.id, p.workspace_id, ` + contentColumns.words("p") + `,
	p.is_default, p.version, p.created_at, p.updated_at,
	coalesce((select u.name from users u where u.id = p.created_by), ''),
	(select count(*) from campaigns c where c.workspace_id = p.workspace_id
		and (c.persona_id = p.id or p.is_default and c.persona_id is null))`

func personaTargets(p *persona.Persona) []any {
	return slices.Concat([]any{&p.ID, &p.WorkspaceID}, contentTargets(&p.Content),
		[]any{&p.IsDefault, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.CreatedBy, &p.Campaigns})
}

func scanPersona(row pgx.CollectableRow) (persona.Persona, error) {
	var p persona.Persona
	err := row.Scan(personaTargets(&p)...)
	return p, err
}

var (
	selectPersona = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.id = $2`
	selectDefault = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.is_default`
	// selectOthers lists all but one persona, oldest first: who may follow it.
	selectOthers = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.id <> $2 order by p.seq`
	// selectPersonasBySeq lists all, oldest first, and selectPersonasByName the default
	// first, then by name.
	selectPersonasBySeq  = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 order by p.seq`
	selectPersonasByName = `select ` + personaColumns + ` from personas p where p.workspace_id = $1
		order by p.is_default desc, p.name collate "und-x-icu", p.seq`
)

// queryPersona gives one persona, or pgx.ErrNoRows.
func queryPersona(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

// queuePersona reads one persona, or fails with pgx.ErrNoRows.
func queuePersona(batch *pgx.Batch, a Access, id uuid.UUID, into *persona.Persona) {
	collectOne(batch.Queue(selectPersona, a.workspace, id), into, scanPersona)
}

// queueDefault reads the default; nil: there is none.
func queueDefault(batch *pgx.Batch, workspace uuid.UUID, into **persona.Persona) {
	collectFirst(batch.Queue(selectDefault, workspace), into, scanPersona)
}

// queuePersonas reads all personas, the default first, then by name.
func queuePersonas(batch *pgx.Batch, a Access, into *[]persona.Persona) {
	collect(batch.Queue(selectPersonasByName, a.workspace), into, scanPersona)
}

// queryBefore gives one persona, or pgx.ErrNoRows, the settings and, where the
// default is to move to it, the default; nil: there is none.
func queryBefore(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, moves bool) (p persona.Persona, previous *persona.Persona, settings persona.Settings, err error) {
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &p)
	if moves {
		queueDefault(batch, a.workspace, &previous)
	}
	queueSettings(batch, a.workspace, &settings)
	err = tx.SendBatch(ctx, batch).Close()
	return p, previous, settings, err
}

// queryDefault gives the default; nil: there is none.
func queryDefault(ctx context.Context, tx pgx.Tx, a Access) (*persona.Persona, error) {
	var p *persona.Persona
	batch := &pgx.Batch{}
	queueDefault(batch, a.workspace, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

// Personas gives the personas whose name or greeting contains search, whatever
// its case; all of them when search is empty.
func (db *DB) Personas(ctx context.Context, a Access, search string) (persona.List, error) {
	var list persona.List
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+personaColumns+` from personas p where p.workspace_id = $1
		and (`+holds("p.name", "$2")+` or `+holds("p.greeting", "$2")+`)
		order by p.is_default desc, p.name collate "und-x-icu", p.seq`, a.workspace, search), &list.Personas, scanPersona)
	scanRow(batch.Queue(`select (select count(*) from personas where workspace_id = $1), (select count(*) from campaigns where workspace_id = $1),
			(select count(distinct v.persona_id) from persona_versions v where v.workspace_id = $1 and v.deleted
				and not exists (select from personas p where p.workspace_id = v.workspace_id and p.id = v.persona_id))`, a.workspace), &list.Total, &list.Campaigns, &list.Deleted)
	queueVoice(batch, a.workspace, &list.Settings)
	queueUndoable(batch, a, &list.Undoable)
	return list, db.readAll(ctx, a, batch)
}

// Persona gives one persona, or persona.ErrNotFound.
func (db *DB) Persona(ctx context.Context, a Access, id uuid.UUID) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &p)
	return p, db.readAll(ctx, a, batch)
}

// Tones gives a persona, or persona.ErrNotFound, and the tones that it has or had:
// one from before personae, which no list offers, can be chosen again.
func (db *DB) Tones(ctx context.Context, a Access, id uuid.UUID) (p persona.Persona, tones []string, err error) {
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &p)
	collect(batch.Queue(`select distinct tone from persona_versions where workspace_id = $1 and persona_id = $2 and tone is not null order by tone`, a.workspace, id), &tones, pgx.RowTo[string])
	return p, tones, db.readAll(ctx, a, batch)
}

// Deletion gives what deleting a persona would touch, or persona.ErrNotFound.
func (db *DB) Deletion(ctx context.Context, a Access, id uuid.UUID) (persona.DeleteImpact, error) {
	var d persona.DeleteImpact
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &d.Persona)
	collect(batch.Queue(`select name from campaigns where workspace_id = $1 and persona_id = $2 order by name collate "und-x-icu", id`, a.workspace, id), &d.Campaigns, pgx.RowTo[string])
	collect(batch.Queue(selectUnnamed, a.workspace), &d.Unnamed, pgx.RowTo[string])
	collect(batch.Queue(selectOthers, a.workspace, id), &d.Others, scanPersona)
	return d, db.readAll(ctx, a, batch)
}

// readAll runs a page's queries in one round trip and one snapshot.
func (db *DB) readAll(ctx context.Context, a Access, batch *pgx.Batch) error {
	if !a.May(access.Read) {
		return persona.ErrNotFound
	}
	return explain(db.reads.SendBatch(ctx, batch).Close())
}

// Import makes the first persona from the settings as they stand. It fails
// with persona.ErrPersonaExists when there is one, and with an InvalidError
// that names settings columns when older programs left what a persona cannot
// hold.
func (db *DB) Import(ctx context.Context, a Access) (persona.Persona, error) {
	var made persona.Persona
	e := &event{action: audit.PersonaImported, result: &made}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		has, err := hasPersona(ctx, tx, a)
		if err != nil {
			return err
		}
		if has {
			return persona.ErrPersonaExists
		}
		settings, err := settingsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		voice := settings.Voice.Clean()
		if errs := voice.Check(); len(errs) > 0 {
			return &persona.InvalidError{Fields: inSettings(errs)}
		}
		content := persona.Content{Name: persona.ImportedName, Voice: voice}
		if made, err = insertPersona(ctx, tx, a, content, true); err != nil {
			return err
		}
		e.about(made.ID)
		return mirror(ctx, tx, a)
	})
	return made, err
}

// Create adds a persona. The workspace's first becomes the default whatever
// makeDefault says. It fails with an InvalidError or a NameTakenError.
func (db *DB) Create(ctx context.Context, a Access, content persona.Content, makeDefault bool) (persona.Saved, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Saved{}, db.alsoTaken(ctx, a, err, uuid.Nil, content.Name)
	}
	var s persona.Saved
	e := &event{action: audit.PersonaCreated, result: &s}
	err = db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		s = persona.Saved{}
		var previous *persona.Persona
		var settings persona.Settings
		batch := &pgx.Batch{}
		queueDefault(batch, a.workspace, &previous)
		queueSettings(batch, a.workspace, &settings)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		becomesDefault := makeDefault || previous == nil
		id := uuid.New()
		e.about(id)
		batch = &pgx.Batch{}
		if becomesDefault {
			s.Switched = previous
			e.details.From, e.details.To = idOf(previous), e.persona
			queueClear(batch, a)
			s.Replaced = persona.Diff(settings.Voice, content.Voice)
			if previous == nil && slices.ContainsFunc(s.Replaced, func(c persona.FieldChange) bool { return c.Before != "" }) {
				s.Settings = settings.Version
			}
		}
		queueInsert(batch, a, id, content, becomesDefault)
		if becomesDefault {
			queueMirror(batch, a)
		}
		queuePersona(batch, a, id, &s.Persona)
		err := tx.SendBatch(ctx, batch).Close()
		if becomesDefault {
			s.Moved = s.Persona.Campaigns
		}
		return err
	})
	return s, db.nameTaken(ctx, a, err, content.Name)
}

// alsoTaken adds to what else is wrong with a persona that another than id has its
// name, so that both are told at once.
func (db *DB) alsoTaken(ctx context.Context, a Access, err error, id uuid.UUID, name string) error {
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) || slices.ContainsFunc(invalid.Fields, func(f persona.FieldError) bool { return f.Field == "name" }) {
		return err
	}
	var taken bool
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select exists (select from personas where workspace_id = $1 and id <> $2 and `+nameKey("name")+` = `+nameKey("$3::text")+`)`, a.workspace, id, name), &taken)
	if err := db.readAll(ctx, a, batch); err != nil {
		return err
	}
	if taken {
		invalid.Fields = append([]persona.FieldError{(&persona.NameTakenError{Name: name}).Field()}, invalid.Fields...)
	}
	return invalid
}

// Edit changes a persona that is at version. It fails with an InvalidError, a
// NameTakenError or, when the persona is at another version by now, a
// StaleError.
func (db *DB) Edit(ctx context.Context, a Access, id uuid.UUID, version int, content persona.Content, choice persona.DefaultChoice) (persona.Saved, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Saved{}, db.alsoTaken(ctx, a, err, id, content.Name)
	}
	var s persona.Saved
	e := &event{action: audit.PersonaEdited}
	err = db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		s = persona.Saved{}
		before, previous, settings, err := queryBefore(ctx, tx, a, id, choice == persona.MakeDefault)
		if err != nil {
			return err
		}
		if before.Version != version {
			original, err := personaAt(ctx, tx, a, id, version)
			if err != nil {
				return err
			}
			return &persona.StaleError{Original: original, Theirs: before, Yours: content}
		}
		if before.IsDefault && choice == persona.ClearDefault {
			return &persona.InvalidError{Fields: []persona.FieldError{{Field: "make_default",
				Message: "There must be one default. To take it away here, make another persona the default instead"}}}
		}
		isDefault := before.IsDefault || choice == persona.MakeDefault
		e.about(id)
		e.version = version
		e.details.Fields = changedFields(before.Content, content)
		batch := &pgx.Batch{}
		if isDefault && !before.IsDefault {
			s.Switched = previous
			e.details.From, e.details.To = idOf(previous), e.persona
			queueClear(batch, a)
		}
		queueUpdate(batch, before, content, isDefault)
		if isDefault {
			queueMirror(batch, a)
			s.Replaced = persona.Diff(settings.Voice, content.Voice)
		}
		queuePersona(batch, a, id, &s.Persona)
		err = tx.SendBatch(ctx, batch).Close()
		s.Moved = s.Persona.Campaigns - before.Campaigns
		return err
	})
	return s, db.nameTaken(ctx, a, err, content.Name)
}

// SetDefault makes a persona the default. Support staff may do this with the
// smaller of their grants.
func (db *DB) SetDefault(ctx context.Context, a Access, id uuid.UUID) (persona.Switch, error) {
	var s persona.Switch
	e := &event{action: audit.DefaultSet, result: &s}
	err := db.write(ctx, a, access.SwitchDefault, e, func(tx pgx.Tx) error {
		s = persona.Switch{}
		target, previous, settings, err := queryBefore(ctx, tx, a, id, true)
		if err != nil {
			return err
		}
		e.about(id)
		e.version = target.Version
		e.details.To = e.persona
		if target.IsDefault {
			e.details.From = e.persona
			s.To, s.Already = target, true
			s.Event, err = undoable(ctx, tx, a)
			return err
		}
		s.From = previous
		e.details.From = idOf(previous)
		s.To, err = promote(ctx, tx, a, id)
		s.Moved = s.To.Campaigns - target.Campaigns
		s.Changed = persona.Diff(settings.Voice, s.To.Voice)
		s.Event = e.id
		return err
	})
	return s, err
}

// Delete removes a persona that is at version (0: at any). A default is followed by
// successor, or by the oldest of the others when successor is not valid. The
// last persona leaves the settings as they are. It fails with a StaleError, or
// with persona.ErrNotFound when the successor is no other persona of the workspace.
func (db *DB) Delete(ctx context.Context, a Access, id uuid.UUID, version int, successor uuid.NullUUID) (persona.Deleted, error) {
	var d persona.Deleted
	e := &event{action: audit.PersonaDeleted}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		d = persona.Deleted{}
		var err error
		if d.Persona, err = queryPersona(ctx, tx, a, id); err != nil {
			return err
		}
		if version != 0 && d.Persona.Version != version {
			return &persona.StaleError{Theirs: d.Persona}
		}
		others, err := queryAll(ctx, tx, scanPersona, selectOthers, a.workspace, id)
		if err != nil {
			return err
		}
		heir, err := heirOf(d.Persona, others, successor)
		if err != nil {
			return err
		}
		if e.details.Campaigns, err = campaignsOf(ctx, tx, a, id); err != nil {
			return err
		}
		d.Campaigns = len(e.details.Campaigns)
		e.about(id)
		tag, err := tx.Exec(ctx, `delete from personas where workspace_id = $1 and id = $2 and version = $3`, a.workspace, id, d.Persona.Version)
		if err != nil {
			return err
		}
		if err := oneRow(tag.RowsAffected()); err != nil || heir == nil {
			return err
		}
		e.details.From = e.persona
		e.details.To = valid(heir.ID)
		promoted, err := promote(ctx, tx, a, heir.ID)
		d.Successor, d.Moved = &promoted, promoted.Campaigns-heir.Campaigns
		d.Changed = persona.Diff(d.Persona.Voice, promoted.Voice)
		return err
	})
	return d, err
}

// heirOf gives who becomes the default when p is deleted; nil: nobody needs to.
func heirOf(p persona.Persona, others []persona.Persona, chosen uuid.NullUUID) (*persona.Persona, error) {
	if !p.IsDefault || len(others) == 0 {
		return nil, nil
	}
	if !chosen.Valid {
		return &others[0], nil
	}
	i := slices.IndexFunc(others, func(o persona.Persona) bool { return o.ID == chosen.UUID })
	if i < 0 {
		return nil, persona.ErrNotFound
	}
	return &others[i], nil
}

// Duplicate adds a copy of a persona that is not the default and gives it.
func (db *DB) Duplicate(ctx context.Context, a Access, id uuid.UUID) (persona.Persona, error) {
	var made persona.Persona
	e := &event{action: audit.PersonaDuplicated, result: &made}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		source, err := queryPersona(ctx, tx, a, id)
		if err != nil {
			return err
		}
		names, err := queryAll(ctx, tx, pgx.RowTo[string], `select `+nameKey("name")+` from personas where workspace_id = $1`, a.workspace)
		if err != nil {
			return err
		}
		var foldErr error
		content := source.Content
		content.Name = persona.CopyName(source.Name, func(name string) bool {
			var folded string
			if foldErr = tx.QueryRow(ctx, `select `+nameKey("$1::text"), name).Scan(&folded); foldErr != nil {
				return false
			}
			return slices.Contains(names, folded)
		})
		if foldErr != nil {
			return foldErr
		}
		made, err = insertPersona(ctx, tx, a, content, false)
		e.about(made.ID)
		e.details.From = valid(id)
		return err
	})
	return made, err
}

func hasPersona(ctx context.Context, tx pgx.Tx, a Access) (bool, error) {
	var has bool
	err := tx.QueryRow(ctx, `select exists (select from personas where workspace_id = $1)`, a.workspace).Scan(&has)
	return has, err
}

func insertPersona(ctx context.Context, tx pgx.Tx, a Access, c persona.Content, isDefault bool) (persona.Persona, error) {
	return insertPersonaAs(ctx, tx, a, uuid.New(), c, isDefault)
}

var insertPersonaSQL = `insert into personas (workspace_id, id, is_default, created_by, ` + contentColumns.list() + `)
	values ($1, $2, $3, $4, $5, ` + voiceColumns.parameters(6) + `)`

func queueInsert(batch *pgx.Batch, a Access, id uuid.UUID, c persona.Content, isDefault bool) {
	batch.Queue(insertPersonaSQL, slices.Concat([]any{a.workspace, id, isDefault, a.user}, contentArguments(c))...)
}

func insertPersonaAs(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, c persona.Content, isDefault bool) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queueInsert(batch, a, id, c, isDefault)
	queuePersona(batch, a, id, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

var updatePersonaSQL = `update personas
	set is_default = $4, (` + contentColumns.list() + `) = ($5, ` + voiceColumns.parameters(6) + `)
	where workspace_id = $1 and id = $2 and version = $3`

func updatePersona(ctx context.Context, tx pgx.Tx, p persona.Persona, c persona.Content, isDefault bool) error {
	batch := &pgx.Batch{}
	queueUpdate(batch, p, c, isDefault)
	return tx.SendBatch(ctx, batch).Close()
}

func queueUpdate(batch *pgx.Batch, p persona.Persona, c persona.Content, isDefault bool) {
	arguments := slices.Concat([]any{p.WorkspaceID, p.ID, p.Version, isDefault}, contentArguments(c))
	batch.Queue(updatePersonaSQL, arguments...).Exec(changesOne)
}

// idOf gives the id of a persona; not valid: there is none.
func idOf(p *persona.Persona) uuid.NullUUID {
	if p == nil {
		return uuid.NullUUID{}
	}
	return valid(p.ID)
}

// queueClear takes the default away. Clear, then mark: the index is checked row
// by row, so one statement that moves the default may break it half-way.
func queueClear(batch *pgx.Batch, a Access) {
	batch.Queue(`update personas set is_default = false where workspace_id = $1 and is_default`, a.workspace)
}

// promote makes a persona the default, mirrors it and gives it.
func promote(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queueClear(batch, a)
	batch.Queue(`update personas set is_default = true where workspace_id = $1 and id = $2`, a.workspace, id).Exec(changesOne)
	queueMirror(batch, a)
	queuePersona(batch, a, id, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

// personaAt gives a persona's words at a version; no words where there was no
// such version.
func personaAt(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, version int) (persona.Content, error) {
	var c persona.Content
	err := tx.QueryRow(ctx, `select `+contentColumns.words("v")+` from persona_versions v
		where v.workspace_id = $1 and v.persona_id = $2 and v.version = $3`, a.workspace, id, version).
		Scan(contentTargets(&c)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return persona.Content{}, nil
	}
	return c, err
}

func changedFields(before, after persona.Content) []string {
	var names []string
	if before.Name != after.Name {
		names = append(names, "name")
	}
	for _, change := range persona.Diff(before.Voice, after.Voice) {
		names = append(names, change.Name)
	}
	return names
}
