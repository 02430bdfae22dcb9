package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// Export returns all personas of a workspace, the oldest first.
func (db *DB) Export(ctx context.Context, a Access) ([]persona.Persona, error) {
	var list []persona.Persona
	batch := &pgx.Batch{}
	collect(batch.Queue(selectPersonasBySeq, a.workspace), &list, scanPersona)
	return list, db.readAll(ctx, a, batch)
}

// loading is what decides what loading a file does.
type loading struct {
	now  []persona.Persona
	keys []string        // names of the file as they are compared
	ids  []uuid.NullUUID // of the personas that have them
	two  bool            // a second person approves other words of the default

	settings persona.Voice // as they read
}

// queueLoading reads what is there.
func queueLoading(batch *pgx.Batch, a Access, entries []persona.Entry, into *loading) {
	collect(batch.Queue(selectPersonasBySeq, a.workspace), &into.now, scanPersona)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	var key string
	var id uuid.NullUUID
	into.keys, into.ids = nil, nil
	scanRow(batch.Queue(selectTwo, a.workspace), &into.two)
	queueVoice(batch, a.workspace, &into.settings)
	// Of several that look the same since before that was refused, the one of the very
	// name is meant.
	collectEach(batch.Queue(`select distinct on (f.place) name_key(f.name), p.id from unnest($2::text[]) with ordinality as f (name, place)
		left join personas p on p.workspace_id = $1 and name_key(p.name) = name_key(f.name)
		order by f.place, p.name = f.name desc, p.alike`, a.workspace, names), []any{&key, &id}, func() {
		into.keys, into.ids = append(into.keys, key), append(into.ids, id)
	})
}

// selectTwo reads whether a second person approves what changes the default or its words.
const selectTwo = `select require_second_person from workspaces where id = $1`

func (l loading) plan(entries []persona.Entry, replace bool) (persona.LoadPlan, error) {
	byID := map[uuid.UUID]*persona.Persona{}
	var current *persona.Persona
	for i := range l.now {
		byID[l.now[i].ID] = &l.now[i]
		if l.now[i].IsDefault {
			current = &l.now[i]
		}
	}
	there := make([]*persona.Persona, len(entries))
	for i, id := range l.ids {
		if there[i] = byID[id.UUID]; id.Valid && there[i] == nil {
			return persona.LoadPlan{}, errOvertaken
		}
	}
	plan, err := persona.PlanLoad(entries, l.keys, there, current, replace, l.two)
	if err != nil {
		return plan, err
	}
	plan.Settings = plan.Follow(l.settings)
	return plan, persona.Room("text", len(l.now), plan.Creates())
}

// PlanLoad returns what Load would do, and does nothing.
func (db *DB) PlanLoad(ctx context.Context, a Access, entries []persona.Entry, replace bool) (persona.LoadPlan, error) {
	var l loading
	batch := &pgx.Batch{}
	queueLoading(batch, a, entries, &l)
	if err := db.readAll(ctx, a, batch); err != nil {
		return persona.LoadPlan{}, err
	}
	return l.plan(entries, replace)
}

// Load adds the personas of a file and returns what it did: all of the plan, or
// nothing. Other words of the default it proposes, where a second person has to approve
// them. Where mark is not empty it is of the plan that was shown, and another
// one fails with a PlanChangedError. It fails with an InvalidError when two
// entries share a name.
func (db *DB) Load(
	ctx context.Context, a Access, entries []persona.Entry, replace bool, mark string,
) (persona.LoadPlan, error) {
	return write(ctx, db, a, access.Write, audit.PersonaLoaded, func(c *change) (persona.LoadPlan, error) {
		var l loading
		batch := &pgx.Batch{}
		queueLoading(batch, a, entries, &l)
		if err := c.SendBatch(ctx, batch).Close(); err != nil {
			return persona.LoadPlan{}, err
		}
		plan, err := l.plan(entries, replace)
		switch {
		case err != nil:
			return persona.LoadPlan{}, err
		case plan.Writes() == 0:
			c.unchanged = true // also for who pressed the button twice
			return plan, nil
		case mark != "" && mark != plan.Mark():
			return persona.LoadPlan{}, &persona.PlanChangedError{Plan: plan}
		}
		return plan, carryOut(ctx, c, a, plan)
	})
}

// carryOut does what a plan says, and notes in it the ids of the personas that it
// creates.
func carryOut(ctx context.Context, c *change, a Access, plan persona.LoadPlan) error {
	batch := &pgx.Batch{}
	follow := false // whether the default has other words now
	for i, s := range plan.Steps {
		switch s.Outcome {
		case persona.LoadCreates:
			id := uuid.New()
			plan.Steps[i].ID = id
			queueInsert(batch, a, id, s.Content, s.BecomesDefault)
			if s.BecomesDefault {
				c.details.To = valid(id)
				follow = true
			}
		case persona.LoadReplaces:
			queueUpdate(batch, s.Now, s.Content, s.Now.IsDefault)
			follow = follow || s.Now.IsDefault
		case persona.LoadProposes, persona.LoadKeeps, persona.LoadFinds:
		}
	}
	does := batch.Len() > 0
	err := c.SendBatch(ctx, batch).Close()
	if err == nil && follow {
		err = mirror(ctx, c, a)
	}
	if err != nil {
		return err
	}
	return proposeLoaded(ctx, c, a, plan, does)
}

// proposeLoaded proposes what of a plan a second person has to approve: there is one default.
// does says whether the plan does something by itself too.
func proposeLoaded(ctx context.Context, c *change, a Access, plan persona.LoadPlan, does bool) (err error) {
	i := slices.IndexFunc(plan.Steps, func(s persona.LoadStep) bool { return s.Outcome == persona.LoadProposes })
	if i < 0 {
		return nil
	}
	s := &plan.Steps[i]
	s.Proposed, err = proposeRest(ctx, c, a, editOf(s.Now.ID, s.Now.Version, s.Content), does)
	return err
}
