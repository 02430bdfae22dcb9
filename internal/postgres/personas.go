package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// countTo counts the rows that are there from a table on, but no more than one above limit.
func countTo(limit any, from string) string {
	return fmt.Sprintf(`(select count(*) from (select from %s limit %v + 1) n)`, from, limit)
}

// personaColumns and scanPersona go together. They need personas as p. personaAlone is
// for whoever does not ask for how many campaigns a persona answers, which are then 0.
var (
	personaColumns = personaOwn + `, ` + answersFor
	personaAlone   = personaOwn + `, 0 as campaigns`
	personaOwn     = `p.id, p.workspace_id, ` + contentColumns.words("p") + `,
	p.is_default, p.version, p.created_at, p.updated_at`
	// answersToLimit is answersFor counted no further than a page tells.
	answersToLimit = countTo(persona.CountLimit, naming) + ` + case when p.is_default then ` + countTo(persona.CountLimit, namingNone) + ` else 0 end`
	answersFor     = `(select count(*) from ` + naming + `) + case when p.is_default then (select count(*) from ` + namingNone + `) else 0 end`
)

// naming are the campaigns that name a persona p, and namingNone those of its workspace that name none.
const (
	naming     = `campaigns c where c.workspace_id = p.workspace_id and c.archived_at is null and c.persona_id = p.id`
	namingNone = `campaigns c where c.workspace_id = p.workspace_id and c.archived_at is null and c.persona_id is null`
)

func personaTargets(p *persona.Persona) []any {
	return slices.Concat([]any{&p.ID, &p.WorkspaceID}, contentTargets(&p.Content),
		[]any{&p.IsDefault, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.Campaigns})
}

// listedColumns and scanListed go together, likewise.
var listedColumns = `p.id, p.name, ` + columns{"display_name", "tone", "greeting"}.words("p") + `, p.is_default, p.version, ` + answersToLimit

func scanListed(row pgx.CollectableRow) (p persona.Listed, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.DisplayName, &p.Tone, &p.Greeting, &p.IsDefault, &p.Version, &p.Campaigns)
	return p, err
}

func scanPersona(row pgx.CollectableRow) (persona.Persona, error) {
	var p persona.Persona
	err := row.Scan(personaTargets(&p)...)
	return p, err
}

var (
	selectPersona = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.id = $2`
	selectDefault = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.is_default`
	// selectDefaultApart is selectDefault with the campaigns that name none counted apart.
	selectDefaultApart = `select ` + personaOwn + `, (select count(*) from ` + naming + `), (select count(*) from ` + namingNone + `)
		from personas p where p.workspace_id = $1 and p.is_default`
	selectDefaultListed = `select ` + listedColumns + ` from personas p where p.workspace_id = $1 and p.is_default`
	// selectPersonaShown and selectDefaultShown count no further than a page tells.
	selectPersonaShown = `select ` + personaOwn + `, ` + answersToLimit + ` from personas p where p.workspace_id = $1 and p.id = $2`
	selectDefaultShown = `select ` + personaOwn + `, ` + answersToLimit + ` from personas p where p.workspace_id = $1 and p.is_default`
	selectPersonaAlone = `select ` + personaAlone + ` from personas p where p.workspace_id = $1 and p.id = $2`
	selectDefaultAlone = `select ` + personaAlone + ` from personas p where p.workspace_id = $1 and p.is_default`
	// selectOthers lists all but one persona, oldest first: who may follow it.
	selectOthers = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 and p.id <> $2 order by p.seq`
	// selectPersonasBySeq lists all, oldest first; selectPersonasByName the default
	// first, then by name, without how many campaigns they answer for.
	selectPersonasBySeq  = `select ` + personaColumns + ` from personas p where p.workspace_id = $1 order by p.seq`
	selectPersonasByName = `select ` + personaAlone + ` from personas p where p.workspace_id = $1 ` + byDefaultAndName
)

// queryPersona returns one persona, or pgx.ErrNoRows.
func queryPersona(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (persona.Persona, error) {
	return queryOne(ctx, tx, scanPersona, selectPersona, a.workspace, id)
}

// queuePersona reads one persona, or fails with pgx.ErrNoRows.
func queuePersona(batch *pgx.Batch, a Access, id uuid.UUID, into *persona.Persona) {
	collectOne(batch.Queue(selectPersona, a.workspace, id), into, scanPersona)
}

// queuePersonaShown and queueDefaultShown are queuePersona and queueDefault for a page, of
// which persona.CountLimit and one campaigns are counted at most.
func queuePersonaShown(batch *pgx.Batch, a Access, id uuid.UUID, into *persona.Persona) {
	collectOne(batch.Queue(selectPersonaShown, a.workspace, id), into, scanPersona)
}

func queueDefaultShown(batch *pgx.Batch, workspace uuid.UUID, into **persona.Persona) {
	collectFirst(batch.Queue(selectDefaultShown, workspace), into, scanPersona)
}

// queueDefault reads the default; nil: there is none.
func queueDefault(batch *pgx.Batch, workspace uuid.UUID, into **persona.Persona) {
	collectFirst(batch.Queue(selectDefault, workspace), into, scanPersona)
}

// queueDefaultAlone is queueDefault without how many campaigns it answers for; nil: there is none.
func queueDefaultAlone(batch *pgx.Batch, workspace uuid.UUID, into **persona.Persona) {
	collectFirst(batch.Queue(selectDefaultAlone, workspace), into, scanPersona)
}

// queuePersonas reads all personas likewise, the default first, then by name.
func queuePersonas(batch *pgx.Batch, a Access, into *[]persona.Persona) {
	collect(batch.Queue(selectPersonasByName, a.workspace), into, scanPersona)
}

// before is what a write finds: a persona, the settings and, where the default is
// to move to that persona, the default; nil: there is none.
type before struct {
	persona  persona.Persona
	settings persona.Settings
	previous *persona.Persona
	follow   int                // campaigns that name none, for which the default answers
	copied   *persona.HouseCopy // what it was taken from, where a write merges it; nil: nothing
}

// queueBefore reads what is there; it fails with pgx.ErrNoRows where the persona is not.
func queueBefore(batch *pgx.Batch, a Access, id uuid.UUID, moves bool, b *before) {
	*b = before{}
	queuePersona(batch, a, id, &b.persona)
	if moves {
		collectFirst(batch.Queue(selectDefaultApart, a.workspace), &b.previous, func(row pgx.CollectableRow) (p persona.Persona, err error) {
			err = row.Scan(append(personaTargets(&p), &b.follow)...)
			p.Campaigns += b.follow
			return p, err
		})
	}
	queueSettings(batch, a.workspace, &b.settings)
	if a.merges() {
		queueCopy(batch, a, id, &b.copied)
	}
}

// queryDefault returns the default; nil: there is none.
func queryDefault(ctx context.Context, tx pgx.Tx, a Access) (*persona.Persona, error) {
	return queryFirst(ctx, tx, scanPersona, selectDefault, a.workspace)
}

// personaMatches is true of a persona p of the workspace $1 whose name or greeting
// contains $2. everyPersona is for whoever searches for nothing: PostgreSQL makes ready
// what may be left out too, at each call.
var (
	personaMatches = `p.workspace_id = $1 and (` + holds("p.name", "$2") + ` or ` + holds("p.greeting", "$2") + `)`
	everyPersona   = `p.workspace_id = $1 and $2 = ''`
)

// byDefaultAndName is the order of the list of personas p.
const byDefaultAndName = `order by p.is_default desc, p.name collate "und-x-icu", p.seq`

// listing has the statements of a list of personas: with all words, and as a page shows them.
type listing struct{ personas, shown, counts string }

var listAll, listMatching = listOf(everyPersona), listOf(personaMatches)

func listOf(which string) listing {
	from := ` from personas p where ` + which + ` ` + byDefaultAndName + ` limit $3 offset $4`
	return listing{
		personas: `select ` + personaColumns + from,
		shown:    `select ` + listedColumns + from,
		counts: `select ` + countTo("$3::integer", `personas p where `+which) + `,
			` + countTo(persona.CountLimit, `personas where workspace_id = $1`) + `,
			` + countTo(persona.CountLimit, `campaigns where workspace_id = $1 and archived_at is null`) + `,
			(select count(distinct v.persona_id) from (select v.persona_id from persona_versions v where v.workspace_id = $1 and v.deleted
				and not exists (select from personas p where p.workspace_id = v.workspace_id and p.id = v.persona_id) limit ` +
			strconv.Itoa(persona.CountLimit+1) + `) v),
			(select count(*) from proposals where workspace_id = $1 and state = 'waiting'),
			(select count(*) from house_personas where withdrawn_at is null),
			exists (select from schedules s where s.workspace_id = $1 and ` + scheduleShown + `)
				or exists (select` + houseCopies + ` where c.workspace_id = $1 and ` + houseChanged + `)`,
	}
}

func listFor(search string) listing {
	if search == "" {
		return listAll
	}
	return listMatching
}

// PersonasPageSize is how many personas a page of the list holds.
const PersonasPageSize = 50

// PersonasPage returns a page, from 1, of the personas whose name or greeting contains
// search, whatever its case; of all where search is empty. What few lists say it has only for
// them: what the first persona is made from where there is none, schedules, and what house personas changed.
func (db *DB) PersonasPage(ctx context.Context, a Access, search string, page int) (persona.List, error) {
	q := personasQuestion{search: search, page: page}
	found, err := ask(ctx, db, a, q)
	if err == nil && (found.Total == 0 || found.more) {
		q.all = true // with what was read already, so that all is of one moment
		found, err = ask(ctx, db, a, q)
	}
	return found.List, err
}

// PersonasAhead is what PersonasPage returns.
func PersonasAhead(search string, page int) Ahead {
	return readingOf(personasQuestion{search: search, page: page})
}

type personasQuestion struct {
	search string
	page   int
	all    bool // what few lists say too
}

// personasFound is what every list says.
type personasFound struct {
	persona.List
	more bool // there are schedules to show, or house personas changed that copies were taken of
}

func (q personasQuestion) queue(batch *pgx.Batch, workspace uuid.UUID, into *personasFound) {
	of := listFor(q.search)
	collect(batch.Queue(of.shown, workspace, q.search, PersonasPageSize, (q.page-1)*PersonasPageSize), &into.Personas, scanListed)
	scanRow(batch.Queue(of.counts, workspace, q.search, persona.CountedTo(q.page, PersonasPageSize)), &into.Matching, &into.Total, &into.Campaigns, &into.Deleted,
		&into.Proposals, &into.Offers, &into.more)
	queueUndoable(batch, workspace, &into.Undoable)
	if q.all {
		queueVoice(batch, workspace, &into.Settings)
		collect(batch.Queue(schedulesShown, workspace), &into.Schedules, scanSchedule)
		collect(batch.Queue(changedCopies, workspace), &into.Behind, pgx.RowToStructByPos[persona.HouseChange])
	}
}

// PersonasPart returns a part of the personas that PersonasPage finds, and whether
// more follow.
func (db *DB) PersonasPart(
	ctx context.Context, a Access, search string, r Rows,
) (list []persona.Persona, more bool, err error) {
	batch := &pgx.Batch{}
	limit, offset := r.arguments()
	collect(batch.Queue(listFor(search).personas, a.workspace, search, limit, offset), &list,
		scanPersona)
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, err
}

// Persona returns one persona, or persona.ErrNotFound.
func (db *DB) Persona(ctx context.Context, a Access, id uuid.UUID) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queuePersona(batch, a, id, &p)
	return p, db.readAll(ctx, a, batch)
}

// DefaultPersona returns what a list says of the default; nil: there is none.
func (db *DB) DefaultPersona(ctx context.Context, a Access) (*persona.Listed, error) {
	var p *persona.Listed
	batch := &pgx.Batch{}
	collectFirst(batch.Queue(selectDefaultListed, a.workspace), &p, scanListed)
	return p, db.readAll(ctx, a, batch)
}

// PersonaWithTones returns a persona, or persona.ErrNotFound, the tones that it
// has or had: one from before personae, which no list offers, can be chosen again; and
// what it was taken from, nil where it is no copy.
func (db *DB) PersonaWithTones(
	ctx context.Context, a Access, id uuid.UUID,
) (p persona.Persona, tones []string, copied *persona.HouseCopy, err error) {
	batch := &pgx.Batch{}
	queuePersonaShown(batch, a, id, &p)
	collect(batch.Queue(`select distinct tone from persona_versions
		where workspace_id = $1 and persona_id = $2 and tone is not null order by tone`, a.workspace, id),
		&tones, pgx.RowTo[string])
	queueCopy(batch, a, id, &copied)
	return p, tones, copied, db.readAll(ctx, a, batch)
}

// SuccessorsPageSize is how many personas a page offers that may follow a default.
const SuccessorsPageSize = 10

// selectSuccessors finds a page of all but one persona, selectSuccessor the chosen one
// of them or the oldest, and countSuccessors how many there are.
var (
	successorMatches = `p.workspace_id = $1 and p.id <> $2 and ` + holds("p.name", "$3")
	selectSuccessors = `select ` + personaAlone + ` from personas p where ` + successorMatches + `
		order by p.seq limit $4 offset $5`
	selectSuccessor = `select ` + personaAlone + ` from personas p where p.workspace_id = $1 and p.id <> $2
		and ($3::uuid is null or p.id = $3) order by p.seq limit 1`
	countSuccessors = `select ` + countTo(persona.CountLimit, `personas p where p.workspace_id = $1 and p.id <> $2`) + `,
		` + countTo("$4::integer", `personas p where `+successorMatches) + ` as matching`
)

// Deletion returns what deleting a persona would touch, and a page of who may follow it.
// It fails with persona.ErrNotFound where there is no such persona, and no such successor.
func (db *DB) Deletion(
	ctx context.Context, a Access, id uuid.UUID, f persona.SuccessorFilter,
) (persona.DeleteImpact, error) {
	var d persona.DeleteImpact
	batch := &pgx.Batch{}
	queuePersonaShown(batch, a, id, &d.Persona)
	collect(batch.Queue(`select c.name from campaigns c where c.workspace_id = $1 and c.persona_id = $2 and c.archived_at is null
		order by c.name collate "und-x-icu", c.id limit $3`, a.workspace, id, persona.NamesShown), &d.Campaigns, pgx.RowTo[string])
	scanRow(batch.Queue(`select `+countTo(persona.CountLimit, `campaigns where workspace_id = $1 and persona_id = $2 and archived_at is null`),
		a.workspace, id), &d.Naming)
	queueUnnamed(batch, a.workspace, persona.NamesShown, &d.Unnamed, &d.Unnaming)
	collect(batch.Queue(selectSuccessors, a.workspace, id, f.Search, SuccessorsPageSize,
		(f.Page-1)*SuccessorsPageSize), &d.Others, scanPersona)
	scanRow(batch.Queue(countSuccessors, a.workspace, id, f.Search, persona.CountedTo(f.Page, SuccessorsPageSize)), &d.Rest, &d.Matching)
	collectFirst(batch.Queue(selectSuccessor, a.workspace, id, f.Chosen), &d.Successor, scanPersona)
	err := db.readAll(ctx, a, batch)
	if err == nil && f.Chosen.Valid && d.Successor == nil {
		err = persona.ErrNotFound
	}
	return d, err
}

// readAll runs a page's queries in one round trip and one snapshot.
func (db *DB) readAll(ctx context.Context, a Access, batch *pgx.Batch) error {
	if !a.May(access.Read) {
		return persona.ErrNotFound
	}
	return db.readLeads(ctx, a, batch)
}

// readLeads is readAll for what senders may read too.
func (db *DB) readLeads(ctx context.Context, a Access, batch *pgx.Batch) error {
	if !a.May(access.ReadLeads) {
		return persona.ErrNotFound
	}
	return explain(db.readPage(ctx, batch))
}

// Import makes the first persona from the settings as they stand. It fails
// with persona.ErrPersonaExists when there is one, and with an InvalidError
// that names settings columns when older programs left what a persona cannot
// hold.
func (db *DB) Import(ctx context.Context, a Access) (persona.Persona, error) {
	return write(ctx, db, a, access.Write, audit.PersonaImported, func(c *change) (persona.Persona, error) {
		has, err := hasPersona(ctx, c, a)
		if err != nil {
			return persona.Persona{}, err
		}
		if has {
			return persona.Persona{}, persona.ErrPersonaExists
		}
		settings, err := settingsOf(ctx, c, a)
		if err != nil {
			return persona.Persona{}, err
		}
		voice := settings.Voice.Clean()
		if errs := voice.Check(); len(errs) > 0 {
			return persona.Persona{}, &persona.InvalidError{Fields: persona.InSettings(errs)}
		}
		made, err := insertPersona(ctx, c, a, persona.Content{Name: persona.ImportedName, Voice: voice}, true)
		if err != nil {
			return persona.Persona{}, err
		}
		c.about(made.ID)
		return made, mirror(ctx, c, a)
	})
}

// Create adds a persona. The workspace's first becomes the default whatever
// makeDefault says; where a second person has to approve another default, that is proposed
// beside it. It fails with an InvalidError or a NameTakenError.
func (db *DB) Create(ctx context.Context, a Access, content persona.Content, makeDefault bool) (persona.Saved, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Saved{}, db.alsoTaken(ctx, a, err, uuid.Nil, content.Name)
	}
	var now room
	saved, err := writer[persona.Saved]{
		action: audit.PersonaCreated, admit: admit(a, access.Write),
		look: func(batch *pgx.Batch) { queueRoom(batch, a, &now) },
		do:   func(c *change) (persona.Saved, error) { return create(ctx, c, a, now, content, makeDefault) },
	}.write(ctx, db, a)
	return saved, db.nameTaken(ctx, a, err)
}

const countThem = `select count(*) from personas where workspace_id = $1`

// room is what a new persona finds: the default, nil where there is none; the settings; and
// how many personas there are.
type room struct {
	previous *persona.Persona
	settings persona.Settings
	has      int
	house    *offer // which it is taken from; nil: none
}

func queueRoom(batch *pgx.Batch, a Access, r *room) {
	*r = room{}
	queueDefault(batch, a.workspace, &r.previous)
	queueSettings(batch, a.workspace, &r.settings)
	scanRow(batch.Queue(countThem, a.workspace), &r.has)
	queueOffer(batch, a, &r.house)
}

func create(
	ctx context.Context, c *change, a Access, now room, content persona.Content, makeDefault bool,
) (s persona.Saved, err error) {
	if err := persona.Room("name", now.has, 1); err != nil {
		return s, err
	}
	if err := a.takes(c, now.house); err != nil {
		return s, err
	}
	previous, settings := now.previous, now.settings
	proposes := c.two && makeDefault && previous != nil
	becomesDefault := makeDefault && !proposes || previous == nil
	if becomesDefault {
		if err := a.holdsAsShown(previous, settings); err != nil {
			return s, err
		}
	}
	id := uuid.New()
	c.about(id)
	batch := &pgx.Batch{}
	if becomesDefault {
		switched(c, &s, previous)
		queueClear(batch, a)
		s.Replaced = persona.Diff(settings.Voice, content.Voice)
		hadWords := func(f persona.FieldChange) bool { return f.Before != "" }
		if previous == nil && slices.ContainsFunc(s.Replaced, hadWords) {
			s.Settings = settings.Version
		}
	}
	queueInsert(batch, a, id, content, becomesDefault)
	queueTake(batch, a, id)
	if becomesDefault {
		queueMirror(batch, a)
	}
	err = asNameTaken(c.saves(ctx, batch, id, &s, proposes), content.Name)
	if becomesDefault {
		s.Moved = s.Persona.Campaigns
	}
	return s, err
}

// saves sends the last statements of a write of a persona, and reads it into s; where that
// takes a second person, it proposes it as the default besides.
func (c *change) saves(ctx context.Context, batch *pgx.Batch, id uuid.UUID, s *persona.Saved, proposes bool) (err error) {
	read := func(batch *pgx.Batch) { queuePersona(batch, c.access, id, &s.Persona) }
	if !proposes {
		return c.last(ctx, batch, read)
	}
	read(batch)
	if err := c.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	s.Proposed, err = proposeBesides(ctx, c, c.access, switchTo(id))
	return err
}

// alsoTaken adds to what else is wrong with a persona that another than id has its
// name, so that both are told at once.
func (db *DB) alsoTaken(ctx context.Context, a Access, err error, id uuid.UUID, name string) error {
	var invalid *persona.InvalidError
	ofName := func(f persona.FieldError) bool { return f.Field == "name" }
	if !errors.As(err, &invalid) || slices.ContainsFunc(invalid.Fields, ofName) {
		return err
	}
	var taken bool
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select exists (select from personas
		where workspace_id = $1 and id <> $2 and name_key(name) = name_key($3::text))`, a.workspace, id, name), &taken)
	if err := db.readAll(ctx, a, batch); err != nil {
		return err
	}
	if taken {
		invalid.Fields = append([]persona.FieldError{(&persona.NameTakenError{Name: name}).Field()}, invalid.Fields...)
	}
	return invalid
}

// switched notes that the persona of the event is the default now instead of previous;
// nil: there was none.
func switched(c *change, s *persona.Saved, previous *persona.Persona) {
	c.details.From, c.details.To = idOf(previous), c.persona
	if s.Switched = previous; previous != nil {
		s.Event = c.id
	}
}

// Edit changes a persona that is at version. It fails with an InvalidError, a
// NameTakenError or, when the persona is at another version by now, a
// StaleError. Where a second person has to approve other words of the default, they are
// proposed instead, and another default besides. Where it merges what is no copy, it fails
// with persona.ErrNotFound.
func (db *DB) Edit(
	ctx context.Context, a Access, id uuid.UUID, version int, content persona.Content, choice persona.DefaultChoice,
) (persona.Saved, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Saved{}, db.alsoTaken(ctx, a, err, id, content.Name)
	}
	var now before
	saved, err := writer[persona.Saved]{
		action: audit.PersonaEdited, admit: admit(a, access.Write),
		look: func(batch *pgx.Batch) { queueBefore(batch, a, id, choice == persona.MakeDefault, &now) },
		do: func(c *change) (persona.Saved, error) {
			if now.persona.Version != version {
				original, err := personaAt(ctx, c, a, id, version)
				if err != nil {
					return persona.Saved{}, err
				}
				return persona.Saved{}, &persona.StaleError{Original: original, Theirs: now.persona, Yours: content}
			}
			if now.persona.IsDefault && choice == persona.ClearDefault {
				return persona.Saved{}, &persona.InvalidError{Fields: []persona.FieldError{{Field: "make_default",
					Message: i18n.Say("There must be one default. To take it away here, make another persona the default instead")}}}
			}
			if c.two && now.persona.IsDefault && len(persona.DiffContent(now.persona.Content, content)) > 0 {
				other := editOf(id, version, content)
				other.House, other.Trial = a.house.Version, a.judged
				p, err := proposeInstead(ctx, c, a, other)
				return persona.Saved{Proposed: p}, err
			}
			return edit(ctx, c, a, now, content, choice == persona.MakeDefault)
		},
	}.write(ctx, db, a)
	return saved, db.nameTaken(ctx, a, err)
}

func edit(
	ctx context.Context, c *change, a Access, now before, content persona.Content, makeDefault bool,
) (s persona.Saved, err error) {
	proposes := c.two && makeDefault && !now.persona.IsDefault
	isDefault := now.persona.IsDefault || makeDefault && !proposes
	c.about(now.persona.ID)
	c.version = now.persona.Version
	if err := a.mergesInto(c, now.copied); err != nil {
		return s, err
	}
	c.details.Fields = changedFields(now.persona.Content, content)
	if a.judged != nil && len(c.details.Fields) > 0 {
		s.Trial = a.judged.OfEdit(now.persona)
		c.details.Trial = s.Trial
	}
	batch := &pgx.Batch{}
	if isDefault && !now.persona.IsDefault {
		if err := a.holdsAsShown(now.previous, now.settings); err != nil {
			return s, err
		}
		switched(c, &s, now.previous)
		queueClear(batch, a)
	}
	queueUpdate(batch, now.persona, content, isDefault)
	queueMerged(batch, a, now.persona.ID)
	if isDefault {
		queueMirror(batch, a)
		s.Replaced = persona.Diff(now.settings.Voice, content.Voice)
	}
	err = asNameTaken(c.saves(ctx, batch, now.persona.ID, &s, proposes), content.Name)
	s.Moved = s.Persona.Campaigns - now.persona.Campaigns
	return s, err
}

// SetDefault makes a persona the default, mirrored into the settings. Where it is
// the default already, nothing is written. What was kept last of trying just this stands
// in its event. Support staff may do this with the smaller of their grants. Where a second
// person has to approve it, it is proposed. It fails with persona.ErrNotFound.
func (db *DB) SetDefault(ctx context.Context, a Access, id uuid.UUID) (persona.Switch, error) {
	var now before
	var kept *keptTrial
	return writer[persona.Switch]{
		action: audit.DefaultSet, admit: admit(a, access.SwitchDefault),
		look: func(batch *pgx.Batch) {
			queueBefore(batch, a, id, true, &now)
			queueKeptTrial(batch, a, id, &kept)
		},
		do: func(c *change) (persona.Switch, error) {
			if c.two && !now.persona.IsDefault {
				return proposeSwitch(ctx, c, a, now)
			}
			return setDefault(ctx, c, a, now, kept)
		},
	}.write(ctx, db, a)
}

// proposeSwitch proposes a switch, where it would do what was shown.
func proposeSwitch(ctx context.Context, c *change, a Access, now before) (s persona.Switch, err error) {
	if err := a.holdsAsShown(now.previous, now.settings); err != nil {
		return s, err
	}
	s.Proposed, err = proposeInstead(ctx, c, a, switchTo(now.persona.ID))
	return s, err
}

func setDefault(
	ctx context.Context, c *change, a Access, now before, kept *keptTrial,
) (s persona.Switch, err error) {
	id := now.persona.ID
	c.about(id)
	c.version = now.persona.Version
	c.details.To = c.persona
	if now.persona.IsDefault {
		c.unchanged = true
		s.To, s.Already = now.persona, true
		s.Event, err = undoable(ctx, c, a)
		return s, err
	}
	if err := a.holdsAsShown(now.previous, now.settings); err != nil {
		return s, err
	}
	s.From = now.previous
	c.details.From = idOf(now.previous)
	s.Trial = kept.behind(c, now.previous, now.persona)
	batch := &pgx.Batch{}
	queuePromote(batch, a, id)
	err = c.last(ctx, batch, func(batch *pgx.Batch) {
		collectOne(batch.Queue(selectPersonaAlone, a.workspace, id), &s.To, scanPersona)
	})
	// Under the lock of the workspace they are still as many.
	s.Moved, s.To.Campaigns = now.follow, now.persona.Campaigns+now.follow
	s.Changed = persona.Diff(now.settings.Voice, s.To.Voice)
	s.Event = c.id
	return s, err
}

// Delete removes a persona that is at version (0: at any). A default is followed by
// successor, or by the oldest of the others when successor is not valid. The
// last persona leaves the settings as they are. Where a second person has to approve another
// default, the successor is proposed as it, and nothing is deleted; of the last persona it
// fails with persona.ErrSecondPerson then. It fails with a StaleError, and with
// persona.ErrNotFound when the successor is no other persona of the workspace.
func (db *DB) Delete(
	ctx context.Context, a Access, id uuid.UUID, version int, successor uuid.NullUUID,
) (persona.Deleted, error) {
	return write(ctx, db, a, access.Write, audit.PersonaDeleted, func(c *change) (d persona.Deleted, err error) {
		if d.Persona, err = queryPersona(ctx, c, a, id); err != nil {
			return d, err
		}
		if version != 0 && d.Persona.Version != version {
			return d, &persona.StaleError{Theirs: d.Persona}
		}
		others, err := queryAll(ctx, c, scanPersona, selectOthers, a.workspace, id)
		if err != nil {
			return d, err
		}
		heir, err := heirOf(d.Persona, others, successor)
		if err != nil {
			return d, err
		}
		if c.two && heir != nil {
			d.Proposed, err = proposeInstead(ctx, c, a, switchTo(heir.ID))
			return d, err
		}
		if c.details.Campaigns, d.Campaigns, err = campaignsOf(ctx, c, a, id); err != nil {
			return d, err
		}
		c.about(id)
		if d.Persona.IsDefault {
			d.Event = c.id
		}
		tag, err := c.Exec(ctx, `delete from personas where workspace_id = $1 and id = $2 and version = $3`,
			a.workspace, id, d.Persona.Version)
		if err != nil {
			return d, err
		}
		if err := changesOne(tag); err != nil || heir == nil {
			return d, err
		}
		c.details.From, c.details.To = c.persona, valid(heir.ID)
		promoted, err := promote(ctx, c, a, heir.ID)
		d.Successor, d.Moved = &promoted, promoted.Campaigns-heir.Campaigns
		d.Changed = persona.Diff(d.Persona.Voice, promoted.Voice)
		return d, err
	})
}

// heirOf returns who becomes the default when p is deleted; nil: nobody needs to.
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

// Duplicate adds a copy of a persona that is not the default and returns it. It
// fails with persona.ErrNotFound.
func (db *DB) Duplicate(ctx context.Context, a Access, id uuid.UUID) (persona.Persona, error) {
	return write(ctx, db, a, access.Write, audit.PersonaDuplicated, func(c *change) (made persona.Persona, err error) {
		source, err := queryPersona(ctx, c, a, id)
		if err != nil {
			return made, err
		}
		content := source.Content
		if content.Name, err = copyName(ctx, c, a, source.Name); err != nil {
			return made, err
		}
		made, err = insertPersona(ctx, c, a, content, false)
		c.about(made.ID)
		c.details.From = valid(id)
		if err != nil {
			return made, err
		}
		return made, copyOrigin(ctx, c, a, id, made.ID)
	})
}

// copyName returns a name for a copy that no persona of the workspace has, where there
// is room for one.
func copyName(ctx context.Context, tx pgx.Tx, a Access, name string) (string, error) {
	taken, err := queryAll(ctx, tx, pgx.RowTo[string],
		`select name_key(name) from personas where workspace_id = $1`, a.workspace)
	if err == nil {
		err = persona.Room("name", len(taken), 1)
	}
	if err != nil {
		return "", err
	}
	return freeName(ctx, tx, taken, func(has func(string) bool) string { return persona.CopyName(name, has) })
}

// freeName returns the name that next finds, which asks of each whether it is among those that are
// taken, which are name_keys.
func freeName(ctx context.Context, q querier, taken []string, next func(has func(string) bool) string) (name string, err error) {
	name = next(func(candidate string) bool {
		if err != nil {
			return false
		}
		var folded string
		err = q.QueryRow(ctx, `select name_key($1::text)`, candidate).Scan(&folded)
		return err == nil && slices.Contains(taken, folded)
	})
	return name, err
}

func hasPersona(ctx context.Context, tx pgx.Tx, a Access) (bool, error) {
	var has bool
	err := tx.QueryRow(ctx, `select exists (select from personas where workspace_id = $1)`, a.workspace).Scan(&has)
	return has, err
}

func insertPersona(
	ctx context.Context, tx pgx.Tx, a Access, c persona.Content, isDefault bool,
) (persona.Persona, error) {
	return insertPersonaAs(ctx, tx, a, uuid.New(), c, isDefault)
}

func insertPersonaAs(
	ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, c persona.Content, isDefault bool,
) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queueInsert(batch, a, id, c, isDefault)
	queuePersona(batch, a, id, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

var insertPersonaSQL = `insert into personas (workspace_id, id, is_default, created_by, ` + contentColumns.list() + `)
	values ($1, $2, $3, $4, ` + contentColumns.parameters(5) + `)`

func queueInsert(batch *pgx.Batch, a Access, id uuid.UUID, c persona.Content, isDefault bool) {
	batch.Queue(insertPersonaSQL, slices.Concat([]any{a.workspace, id, isDefault, a.user}, contentArguments(c))...)
}

var updatePersonaSQL = one(`update personas
	set is_default = $4, (` + contentColumns.list() + `) = (` + contentColumns.parameters(5) + `)
	where workspace_id = $1 and id = $2 and version = $3`)

func updatePersona(ctx context.Context, tx pgx.Tx, p persona.Persona, c persona.Content, isDefault bool) error {
	batch := &pgx.Batch{}
	queueUpdate(batch, p, c, isDefault)
	return tx.SendBatch(ctx, batch).Close()
}

func queueUpdate(batch *pgx.Batch, p persona.Persona, c persona.Content, isDefault bool) {
	arguments := slices.Concat([]any{p.WorkspaceID, p.ID, p.Version, isDefault}, contentArguments(c))
	batch.Queue(updatePersonaSQL, arguments...)
}

// idOf returns the id of a persona; not valid: there is none.
func idOf(p *persona.Persona) uuid.NullUUID {
	if p == nil {
		return uuid.NullUUID{}
	}
	return valid(p.ID)
}

// versionOf returns the version of a persona; nil: there is none.
func versionOf(p *persona.Persona) *int {
	if p == nil {
		return nil
	}
	return &p.Version
}

// queueClear takes the default away. Clear, then mark: the index is checked row
// by row, so one statement that moves the default may break it half-way.
func queueClear(batch *pgx.Batch, a Access) {
	batch.Queue(`update personas set is_default = false where workspace_id = $1 and is_default`, a.workspace)
}

var markDefault = one(`update personas set is_default = true where workspace_id = $1 and id = $2`)

// promote makes a persona the default, mirrors it and returns it.
func promote(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (persona.Persona, error) {
	var p persona.Persona
	batch := &pgx.Batch{}
	queuePromote(batch, a, id)
	queuePersona(batch, a, id, &p)
	return p, tx.SendBatch(ctx, batch).Close()
}

func queuePromote(batch *pgx.Batch, a Access, id uuid.UUID) {
	queueClear(batch, a)
	batch.Queue(markDefault, a.workspace, id)
	queueMirror(batch, a)
}

// personaAt returns a persona's words at a version; no words where there was no
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

// changedFields returns the form fields in which two contents differ.
func changedFields(before, after persona.Content) []string {
	var names []string
	if before.Name != after.Name {
		names = append(names, "name")
	}
	for _, change := range persona.DiffContent(before, after) {
		names = append(names, change.Name)
	}
	return names
}
