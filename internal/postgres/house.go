package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// houseColumns and houseTargets go together. They need house_personas as h.
var houseColumns = `h.id, ` + contentColumns.words("h") + `, h.version, h.updated_at, h.withdrawn_at is not null`

func houseTargets(h *persona.HousePersona) []any {
	return slices.Concat([]any{&h.ID}, contentTargets(&h.Content), []any{&h.Version, &h.UpdatedAt, &h.Withdrawn})
}

func scanHouse(row pgx.CollectableRow) (h persona.HousePersona, err error) {
	return h, row.Scan(houseTargets(&h)...)
}

// houseChanged is true of a copy whose house persona h is offered, and says something else
// now than at the version v that the copy was last the same as.
var houseChanged = `(h.withdrawn_at is null and (` + contentColumns.of("h") + `) is distinct from (` + contentColumns.of("v") + `))`

// copiedVersion is what a copy c was last the same as, as personaVersion has one.
const copiedVersion = `join lateral (select * from house_persona_versions
		where house_persona_id = c.house_persona_id and version = c.house_version limit 1) v on true`

// houseCopies joins copies with what they were taken from. A persona that is deleted has
// its row still, so that it is a copy again when it is restored.
const houseCopies = ` from house_copies c
	join house_personas h on h.id = c.house_persona_id
	` + copiedVersion + `
	join personas p on p.workspace_id = c.workspace_id and p.id = c.persona_id`

// selectHouse reads house personas with how many workspaces have copies.
var selectHouse = `select ` + houseColumns + `, coalesce(n.copies, 0), coalesce(n.behind, 0)
	from house_personas h left join lateral (
		select count(distinct p.workspace_id) as copies, count(distinct p.workspace_id) filter (where ` + houseChanged + `) as behind
		from house_copies c
		` + copiedVersion + `
		join personas p on p.workspace_id = c.workspace_id and p.id = c.persona_id
		where c.house_persona_id = h.id) n on true`

func scanCountedHouse(row pgx.CollectableRow) (h persona.HousePersona, err error) {
	return h, row.Scan(append(houseTargets(&h), &h.Copies, &h.Behind)...)
}

// houseMatches is true of a house persona h whose name or greeting contains $1.
var houseMatches = `(` + holds("h.name", "$1") + ` or ` + holds("h.greeting", "$1") + `)`

// HousePersonas returns a part of the house personas that search is found in ("": of all) by
// name, those that are withdrawn last, and whether more follow. It is for superadmins, as are
// HousePersona and HouseHistory.
func (db *DB) HousePersonas(ctx context.Context, search string, r Rows) ([]persona.HousePersona, bool, error) {
	limit, skip := r.arguments()
	list, err := queryAll(ctx, db.reads, scanCountedHouse, selectHouse+` where `+houseMatches+`
		order by h.withdrawn_at is not null, h.name collate "und-x-icu", h.id limit $2 offset $3`, search, limit, skip)
	list, more := part(list, r)
	return list, more, explain(err)
}

// HousePersona returns one of them, or persona.ErrNotFound.
func (db *DB) HousePersona(ctx context.Context, id uuid.UUID) (persona.HousePersona, error) {
	h, err := queryOne(ctx, db.reads, scanCountedHouse, selectHouse+` where h.id = $1`, id)
	return h, explain(err)
}

// HouseHistory returns the versions of a house persona, the newest first, at most 200, or
// persona.ErrNotFound.
func (db *DB) HouseHistory(ctx context.Context, id uuid.UUID) ([]persona.HouseVersion, error) {
	list, err := queryAll(ctx, db.reads, func(row pgx.CollectableRow) (v persona.HouseVersion, err error) {
		return v, row.Scan(append(contentTargets(&v.Content), &v.Number, &v.Withdrawn, &v.At, &v.Who)...)
	}, `select `+contentColumns.words("v")+`, v.version, v.withdrawn, v.recorded_at, coalesce(u.name, '')
		from house_persona_versions v left join users u on u.id = v.changed_by
		where v.house_persona_id = $1 order by v.version desc limit 200`, id)
	if err == nil && len(list) == 0 {
		err = persona.ErrNotFound
	}
	return list, explain(err)
}

// keepHouse changes house personas in one transaction, in which it looks again whether by
// may; others wait meanwhile. What it changes is recorded as theirs. It fails with
// persona.ErrNotFound where they may not (any more).
func (db *DB) keepHouse(ctx context.Context, by Steward, do func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`select pg_advisory_xact_lock(hashtext('personae house'))`)
		if err := queueAdmit(batch, by.in(uuid.Nil), access.Manage); err != nil {
			return err
		}
		actor := ""
		if by.user.Valid {
			actor = by.user.UUID.String()
		}
		batch.Queue(`select set_config('personae.actor', $1, true)`, actor)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return do(tx)
	})
	return explain(db.takenAs(ctx, err, `select name from house_personas where name_key(name) = name_key($1::text)`))
}

var insertHouse = `insert into house_personas (created_by, ` + contentColumns.list() + `)
	values ($1, ` + contentColumns.parameters(2) + `) returning id`

// CreateHouse adds a house persona. It fails with an InvalidError, with a NameTakenError,
// and with persona.ErrNotFound where by may not.
func (db *DB) CreateHouse(ctx context.Context, by Steward, content persona.Content) (h persona.HousePersona, err error) {
	if content, err = content.Validate(); err != nil {
		return h, err
	}
	err = db.keepHouse(ctx, by, func(tx pgx.Tx) error {
		var has int
		err := tx.QueryRow(ctx, `select count(*) from house_personas`).Scan(&has)
		if err == nil {
			err = persona.RoomInHouse(has)
		}
		if err != nil {
			return err
		}
		var id uuid.UUID
		err = tx.QueryRow(ctx, insertHouse, append([]any{by.user}, contentArguments(content)...)...).Scan(&id)
		if err != nil {
			return asHouseNameTaken(err, content.Name)
		}
		h, err = queryOne(ctx, tx, scanCountedHouse, selectHouse+` where h.id = $1`, id)
		return err
	})
	return h, err
}

var updateHouse = `update house_personas set (` + contentColumns.list() + `) = (` + contentColumns.parameters(2) + `) where id = $1`

// EditHouse changes a house persona that is at version; its copies stay as they are. It fails
// as CreateHouse does, with persona.ErrNotFound also where there is none, and with a
// StaleError when it is at another version by now.
func (db *DB) EditHouse(
	ctx context.Context, by Steward, id uuid.UUID, version int, content persona.Content,
) (h persona.HousePersona, err error) {
	if content, err = content.Validate(); err != nil {
		return h, err
	}
	err = db.keepHouse(ctx, by, func(tx pgx.Tx) error {
		now, err := queryOne(ctx, tx, scanHouse, `select `+houseColumns+` from house_personas h where h.id = $1`, id)
		if err != nil {
			return err
		}
		if now.Version != version {
			return staleHouse(ctx, tx, now, version, content)
		}
		if _, err := tx.Exec(ctx, updateHouse, append([]any{id}, contentArguments(content)...)...); err != nil {
			return asHouseNameTaken(err, content.Name)
		}
		h, err = queryOne(ctx, tx, scanCountedHouse, selectHouse+` where h.id = $1`, id)
		return err
	})
	return h, err
}

// staleHouse returns the StaleError of a change to what a house persona was at a version.
func staleHouse(ctx context.Context, tx pgx.Tx, now persona.HousePersona, version int, yours persona.Content) error {
	stale := &persona.StaleError{Theirs: persona.Persona{ID: now.ID, Content: now.Content, Version: now.Version}, Yours: yours}
	err := tx.QueryRow(ctx, `select `+contentColumns.words("v")+` from house_persona_versions v
		where v.house_persona_id = $1 and v.version = $2`, now.ID, version).Scan(contentTargets(&stale.Original)...)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return stale
}

// asHouseNameTaken returns a NameTakenError where err says that another house persona has
// the name, and else err.
func asHouseNameTaken(err error, name string) error {
	if _, constraint := sqlState(err); constraint == "house_personas_name" {
		return &persona.NameTakenError{Name: name, InHouse: true}
	}
	return err
}

// HouseChangedSince returns who changed a house persona after a version, and when last.
func (db *DB) HouseChangedSince(ctx context.Context, id uuid.UUID, version int) (c persona.Change, err error) {
	err = db.reads.QueryRow(ctx, `select array(select distinct unnest(array_agg(coalesce(u.name, ''))) order by 1),
			coalesce(max(v.recorded_at), now())
		from house_persona_versions v left join users u on u.id = v.changed_by
		where v.house_persona_id = $1 and v.version > $2`, id, version).Scan(&c.Who, &c.At)
	return c, explain(err)
}

// OfferHouse withdraws a house persona, so that no workspace takes it and its copies are
// offered nothing more, or offers it again. It fails with persona.ErrNotFound where there is
// none, and where by may not.
func (db *DB) OfferHouse(ctx context.Context, by Steward, id uuid.UUID, offered bool) (h persona.HousePersona, err error) {
	err = db.keepHouse(ctx, by, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update house_personas set withdrawn_at = case when not $2 then now() end
			where id = $1 and (withdrawn_at is null) <> $2`, id, offered)
		if err == nil {
			h, err = queryOne(ctx, tx, scanCountedHouse, selectHouse+` where h.id = $1`, id)
		}
		return err
	})
	return h, err
}

// selectOffered reads what workspaces may take.
var selectOffered = `select ` + houseColumns + ` from house_personas h where h.withdrawn_at is null`

// HouseOffers returns a part of what the workspace may take and search is found in ("": of
// all), by name, whether more follow, and of its personas those that are copies.
func (db *DB) HouseOffers(
	ctx context.Context, a Access, search string, r Rows,
) (list []persona.HousePersona, more bool, taken []persona.HouseTaken, err error) {
	limit, skip := r.arguments()
	batch := &pgx.Batch{}
	collect(batch.Queue(selectOffered+` and `+houseMatches+` order by h.name collate "und-x-icu", h.id limit $2 offset $3`, search, limit, skip),
		&list, scanHouse)
	collect(batch.Queue(`select h.id, p.id, p.name, c.house_version, `+houseChanged+houseCopies+`
		where c.workspace_id = $1 order by p.seq`, a.workspace), &taken, pgx.RowToStructByPos[persona.HouseTaken])
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, taken, err
}

// HouseOffer returns one of those, or persona.ErrNotFound, and a name for a copy of it that
// no persona of the workspace has.
func (db *DB) HouseOffer(ctx context.Context, a Access, id uuid.UUID) (h persona.HousePersona, name string, err error) {
	var taken []string
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectOffered+` and h.id = $1`, id), &h, scanHouse)
	collect(batch.Queue(`select name_key(name) from personas where workspace_id = $1`, a.workspace), &taken, pgx.RowTo[string])
	if err := db.readAll(ctx, a, batch); err != nil {
		return h, "", err
	}
	name, err = freeName(ctx, db.reads, taken, func(has func(string) bool) string { return persona.NextName(h.Name, has) })
	return h, name, explain(err)
}

// copyColumns and copyTargets go together; changedCopies finds those whose house persona
// changed.
var (
	copyColumns   = `h.id, h.name, c.house_version, h.version, h.withdrawn_at is not null, ` + houseChanged
	selectCopy    = `select ` + copyColumns + houseCopies + ` where c.workspace_id = $1 and c.persona_id = $2`
	changedCopies = `select p.id, p.name, h.name` + houseCopies + ` where c.workspace_id = $1 and ` + houseChanged + ` order by p.seq`
)

func copyTargets(c *persona.HouseCopy) []any {
	return []any{&c.House.ID, &c.House.Name, &c.Version, &c.Newest, &c.Withdrawn, &c.Changed}
}

func scanCopy(row pgx.CollectableRow) (c persona.HouseCopy, err error) {
	return c, row.Scan(copyTargets(&c)...)
}

// queueCopy reads what a persona was taken from; nil: it is no copy.
func queueCopy(batch *pgx.Batch, a Access, id uuid.UUID, into **persona.HouseCopy) {
	collectFirst(batch.Queue(selectCopy, a.workspace, id), into, scanCopy)
}

// HouseMerge returns what is to be merged into a copy. It fails with persona.ErrNotFound where
// there is no such persona, and where it is no copy.
func (db *DB) HouseMerge(ctx context.Context, a Access, id uuid.UUID) (m persona.HouseMerge, err error) {
	batch := &pgx.Batch{}
	queuePersonaShown(batch, a, id, &m.Yours)
	scanRow(batch.Queue(`select `+copyColumns+`, `+contentColumns.words("v")+`, `+contentColumns.words("h")+houseCopies+` where c.workspace_id = $1 and c.persona_id = $2`,
		a.workspace, id), slices.Concat(copyTargets(&m.HouseCopy), contentTargets(&m.Base), contentTargets(&m.Theirs))...)
	return m, db.readAll(ctx, a, batch)
}

// OfHouse returns an access whose next write takes a copy, or merges one, and notes so.
func (a Access) OfHouse(mark persona.HouseMark) Access {
	a.house = mark
	return a
}

// offer is what a write finds of the house persona that it takes; nil: it is not there.
type offer struct {
	newest    int
	withdrawn bool
}

// queueOffer reads it, and keeps it from being withdrawn before the copy is there.
func queueOffer(batch *pgx.Batch, a Access, into **offer) {
	if a.house.ID == uuid.Nil {
		return
	}
	collectFirst(batch.Queue(`select version, withdrawn_at is not null from house_personas where id = $1 for share`, a.house.ID), into,
		func(row pgx.CollectableRow) (o offer, err error) { return o, row.Scan(&o.newest, &o.withdrawn) })
}

// takes has the event say which house persona a new one is taken from. It fails with an
// InvalidError where that was withdrawn, and with persona.ErrNotFound where it never was.
func (a Access) takes(c *change, o *offer) error {
	switch {
	case a.house.ID == uuid.Nil:
		return nil
	case o == nil || a.house.Version < 1 || a.house.Version > o.newest:
		return persona.ErrNotFound
	case o.withdrawn:
		return &persona.InvalidError{Fields: []persona.FieldError{{Message: i18n.Say("The house persona was withdrawn meanwhile, so " +
			"nothing was created. What you typed is kept: create it again, then it is a persona of your own")}}}
	}
	c.details.House, c.details.HouseVersion = valid(a.house.ID), a.house.Version
	return nil
}

const insertCopy = `insert into house_copies (workspace_id, persona_id, persona_version, house_persona_id, house_version)
	select p.workspace_id, p.id, p.version, $3, $4 from personas p where p.workspace_id = $1 and p.id = $2`

// queueTake notes which house persona a new one was taken from.
func queueTake(batch *pgx.Batch, a Access, id uuid.UUID) {
	if a.house.ID != uuid.Nil {
		batch.Queue(insertCopy, a.workspace, id, a.house.ID, a.house.Version)
	}
}

// copyOrigin lets a duplicate remember the house persona too.
func copyOrigin(ctx context.Context, c *change, a Access, from, to uuid.UUID) error {
	_, err := c.Exec(ctx, `insert into house_copies (workspace_id, persona_id, persona_version, house_persona_id, house_version)
		select p.workspace_id, p.id, p.version, c.house_persona_id, c.house_version
		from house_copies c join personas p on p.workspace_id = c.workspace_id and p.id = $3
		where c.workspace_id = $1 and c.persona_id = $2`, a.workspace, from, to)
	return err
}

// merges reports whether the write merges a copy with its house persona.
func (a Access) merges() bool { return a.house.ID == uuid.Nil && a.house.Version != 0 }

// mergesInto has the event say with which version of its house persona a copy is merged. It
// fails with persona.ErrNotFound where it is no copy, or there is no such version.
func (a Access) mergesInto(c *change, copied *persona.HouseCopy) error {
	if !a.merges() {
		return nil
	}
	if copied == nil || a.house.Version < 1 || a.house.Version > copied.Newest {
		return persona.ErrNotFound
	}
	c.details.House, c.details.HouseVersion = valid(copied.House.ID), a.house.Version
	return nil
}

// queueMerged notes with which version a copy was merged; an earlier one takes nothing back.
func queueMerged(batch *pgx.Batch, a Access, id uuid.UUID) {
	if a.merges() {
		batch.Queue(`update house_copies c set house_version = $3, persona_version = p.version
			from personas p where c.workspace_id = $1 and c.persona_id = $2 and c.house_version < $3
				and p.workspace_id = c.workspace_id and p.id = c.persona_id`, a.workspace, id, a.house.Version)
	}
}

// KeepOurs leaves the words of a copy as they are, and notes that its house persona at a
// version was looked at. Where one at least as new was, nothing is written. It fails with
// persona.ErrNotFound where it is no copy, or there is no such version.
func (db *DB) KeepOurs(ctx context.Context, a Access, id uuid.UUID, version int) (persona.HouseCopy, error) {
	a = a.OfHouse(persona.HouseMark{Version: version})
	return write(ctx, db, a, access.Write, audit.HouseKept, func(c *change) (now persona.HouseCopy, err error) {
		p, err := queryPersona(ctx, c, a, id)
		if err != nil {
			return now, err
		}
		copied, err := queryFirst(ctx, c, scanCopy, selectCopy, a.workspace, id)
		if err == nil && version < 1 {
			err = persona.ErrNotFound
		}
		if err == nil {
			err = a.mergesInto(c, copied)
		}
		if err != nil {
			return now, err
		}
		if copied.Version >= version {
			c.unchanged = true
			return *copied, nil
		}
		c.about(id)
		c.version = p.Version
		batch := &pgx.Batch{}
		queueMerged(batch, a, id)
		collectOne(batch.Queue(selectCopy, a.workspace, id), &now, scanCopy)
		return now, c.SendBatch(ctx, batch).Close()
	})
}
