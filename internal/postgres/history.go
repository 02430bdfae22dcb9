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
	collectFirst(batch.Queue(selectPersonaShown, a.workspace, id), &now, scanPersona)
	scanRow(batch.Queue(`select not exists (select from personas where workspace_id = $1 and is_default and id <> $2)`,
		a.workspace, id), &h.IsDefault)
	queueVoice(batch, a.workspace, &h.Settings)
	scanRow(batch.Queue(`select coalesce(min(version), 1) from persona_versions where workspace_id = $1 and persona_id = $2`,
		a.workspace, id), &h.First)
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

// ChangedSince returns who changed a persona after a version, and when last.
func (db *DB) ChangedSince(ctx context.Context, a Access, id uuid.UUID, version int) (persona.Change, error) {
	return db.changedSince(ctx, a, `from persona_versions v`, `v.persona_id = $3`, version, id)
}

// SettingsChangedSince returns who changed the settings after a version, and when last.
func (db *DB) SettingsChangedSince(ctx context.Context, a Access, version int) (persona.Change, error) {
	return db.changedSince(ctx, a, `from workspace_settings_versions v`, `true`, version)
}

// CampaignChangedSince returns who changed the words of a campaign after a version, and
// when last.
func (db *DB) CampaignChangedSince(ctx context.Context, a Access, id uuid.UUID, version int) (persona.Change, error) {
	return db.changedSince(ctx, a, `from campaign_versions v`, `v.campaign_id = $3`, version-1, id) // each says who gave it up
}

// RenamedSince returns who renamed the workspace after a version of its name, and when
// last.
func (db *DB) RenamedSince(ctx context.Context, a Access, version int) (persona.Change, error) {
	return db.changedSince(ctx, a, `from (select r.workspace_id, r.id as event_id, r.at as recorded_at,
			w.version - row_number() over (order by r.rev desc) + 1 as version
		from audit_events r join workspaces w on w.id = r.workspace_id
		where r.workspace_id = $1 and r.action = '`+string(audit.WorkspaceRenamed)+`') v`, `true`, version)
}

func (db *DB) changedSince(
	ctx context.Context, a Access, from, which string, version int, id ...any,
) (c persona.Change, err error) {
	var last *time.Time
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select array(select distinct unnest(array_agg(who)) order by 1), max(recorded_at)
		from (select coalesce(u.name, '') as who, v.recorded_at `+from+`
			left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
			left join users u on u.id = e.actor_id
			where v.workspace_id = $1 and v.version > $2 and `+which+`) later`,
		append([]any{a.workspace, version}, id...)...), &c.Who, &last)
	err = db.readAll(ctx, a, batch)
	set(&c.At, last)
	return c, err
}

// DeletedPersonas lists the personas that were deleted and not restored, the
// latest first, at most 200.
func (db *DB) DeletedPersonas(ctx context.Context, a Access) ([]audit.Restorable, error) {
	var list []audit.Restorable
	batch := &pgx.Batch{}
	collect(batch.Queue(`select v.persona_id, v.name, v.version, v.recorded_at, coalesce(u.name, ''),
			coalesce(e.details ? 'campaigns' or e.details ? 'to', false)`+versionTables+`
		where v.workspace_id = $1 and v.deleted
			and not exists (select from persona_versions later where later.workspace_id = v.workspace_id
				and later.persona_id = v.persona_id and later.version > v.version)
		order by v.recorded_at desc, v.persona_id limit 200`, a.workspace), &list, pgx.RowToStructByPos[audit.Restorable])
	return list, db.readAll(ctx, a, batch)
}

// selectDeletion finds the deletion of a persona that is still deleted. lost is what its
// event says of it.
const selectDeletion = `select v.persona_id, v.name, v.version, v.recorded_at, coalesce(u.name, ''),
		coalesce(e.details ? 'campaigns' or e.details ? 'to', false), coalesce(v.greeting, ''),
		coalesce(e.details ? 'to', false), coalesce(jsonb_array_length(e.details->'campaigns'), 0)` + versionTables + `
	where v.workspace_id = $1 and v.persona_id = $2 and v.deleted
		and not exists (select from persona_versions later where later.workspace_id = v.workspace_id
			and later.persona_id = v.persona_id and later.version > v.version)`

// selectLost finds the campaigns that named a persona when it was deleted last, and
// name none now.
const selectLost = `select ` + campaignColumns + ` from campaigns c
	where c.workspace_id = $1 and c.persona_id is null and c.id in (
		select jsonb_array_elements_text(e.details->'campaigns')::uuid from persona_versions v
		join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
		where v.workspace_id = $1 and v.persona_id = $2 and v.version = (select max(l.version) from persona_versions l
			where l.workspace_id = $1 and l.persona_id = $2 and l.deleted) and e.action = '` + string(audit.PersonaDeleted) + `')
	order by c.name collate "und-x-icu", c.id`

// Restoration returns what restoring a deleted persona can bring back, or
// persona.ErrNotFound where it is not deleted.
func (db *DB) Restoration(ctx context.Context, a Access, id uuid.UUID) (audit.Restoration, error) {
	var r audit.Restoration
	var settings persona.Settings
	named := 0
	batch := &pgx.Batch{}
	scanRow(batch.Queue(selectDeletion, a.workspace, id), &r.ID, &r.Name, &r.Version, &r.At, &r.Who, &r.Lost, &r.Greeting,
		&r.WasDefault, &named)
	collect(batch.Queue(selectLost, a.workspace, id), &r.Campaigns, scanCampaign)
	queueDefaultShown(batch, a.workspace, &r.Default)
	queueSettings(batch, a.workspace, &settings)
	err := db.readAll(ctx, a, batch)
	r.Mark = impactMark(r.Default, settings)
	r.Given = named - len(r.Campaigns)
	return r, err
}

// BringBack is Restore of a deleted persona, with campaigns that named it, and as the
// default, where back says so: all of it or nothing. It also fails with a TooLateError
// where one of the campaigns was given another persona meanwhile, and by AsShown.
func (db *DB) BringBack(
	ctx context.Context, a Access, id uuid.UUID, version int, back persona.Comeback,
) (persona.Saved, error) {
	return db.restoreAs(ctx, a, id, version, 0, back)
}

// Restore changes a persona to the words of one of its versions, as a new
// version; now is the version that it is at, 0 for one that is deleted. A
// deleted persona comes back under its old id, and as the default only where
// there is no other. It fails with a StaleError, a NameTakenError, or with an
// InvalidError where that version has words that no persona can hold. Words of the default
// are proposed where a second person has to approve them.
func (db *DB) Restore(ctx context.Context, a Access, id uuid.UUID, version, now int) (persona.Saved, error) {
	return db.restoreAs(ctx, a, id, version, now, persona.Comeback{})
}

func (db *DB) restoreAs(
	ctx context.Context, a Access, id uuid.UUID, version, now int, back persona.Comeback,
) (persona.Saved, error) {
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
		saved, err := restore(ctx, c, a, id, content, now, back)
		return saved, asNameTaken(err, content.Name)
	})
	return saved, db.nameTaken(ctx, a, err)
}

func restore(
	ctx context.Context, c *change, a Access, id uuid.UUID, content persona.Content, now int, back persona.Comeback,
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
	if c.two && p.IsDefault && len(persona.DiffContent(p.Content, content)) > 0 {
		s.Proposed, err = proposeInstead(ctx, c, a, editOf(id, now, content))
		return s, err
	}
	c.about(id)
	c.version = p.Version
	if p.Version == 0 {
		s, err = bringBack(ctx, c, a, id, content, back, settings)
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

// bringBack adds a deleted persona again.
func bringBack(
	ctx context.Context, c *change, a Access, id uuid.UUID, content persona.Content, back persona.Comeback,
	settings persona.Settings,
) (s persona.Saved, err error) {
	var has int
	var previous *persona.Persona
	batch := &pgx.Batch{}
	scanRow(batch.Queue(countThem, a.workspace), &has)
	queueDefault(batch, a.workspace, &previous)
	if err := c.SendBatch(ctx, batch).Close(); err != nil {
		return s, err
	}
	if err := persona.Room("name", has, 1); err != nil {
		return s, err
	}
	given, err := givenBack(ctx, c, a, id, back)
	if err != nil {
		return s, err
	}
	batch = &pgx.Batch{}
	proposes := c.two && back.Default && previous != nil
	if back.Default = back.Default && !proposes; back.Default && previous != nil {
		if err := a.holdsAsShown(previous, settings); err != nil {
			return s, err
		}
		switched(c, &s, previous)
		queueClear(batch, a)
	}
	if has == 0 {
		c.details.To = valid(id) // schedules go by it
	}
	queueInsert(batch, a, id, content, has == 0 || back.Default)
	if len(given) > 0 {
		batch.Queue(`update campaigns set persona_id = $3 where workspace_id = $1 and id = any($2)`, a.workspace, given, id)
		c.details.Campaigns, c.details.Were = given, make([]uuid.NullUUID, len(given))
		c.details.Became = slices.Repeat([]uuid.NullUUID{valid(id)}, len(given))
	}
	queuePersona(batch, a, id, &s.Persona)
	err = c.SendBatch(ctx, batch).Close()
	s.Given = len(given)
	if s.Switched != nil {
		s.Moved = s.Persona.Campaigns - s.Given
	}
	if err == nil && proposes {
		s.Proposed, err = proposeBesides(ctx, c, a, switchTo(id))
	}
	return s, err
}

// givenBack returns the campaigns that a deleted persona gets back. It fails with a
// TooLateError for one that cannot be given back any more.
func givenBack(
	ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, back persona.Comeback,
) ([]uuid.UUID, error) {
	if !back.All && len(back.Campaigns) == 0 {
		return nil, nil
	}
	lost, err := queryAll(ctx, tx, scanCampaign, selectLost, a.workspace, id)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, c := range lost {
		if back.All || slices.Contains(back.Campaigns, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	if !back.All && len(ids) < len(back.Campaigns) {
		return nil, &persona.TooLateError{Reason: i18n.Say("Somebody chose since who answers for one of these campaigns. " +
			"Look at the list again, then restore.")}
	}
	return ids, nil
}
