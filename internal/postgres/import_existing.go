package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"personae/internal/access"
	"personae/internal/origin"
	"personae/internal/persona"
)

// existing is what is here of some workspaces of the origin.
type existing struct {
	workspaces map[string]*existingWorkspace
	folded     map[string]string
	taken      map[uuid.UUID]bool // ids that a workspace, persona or campaign has
	foldOne    func(string) (string, error)
	foldErr    error
	deliveries []river.JobArgs // of what webhooks and people are told
}

type existingWorkspace struct {
	origin.Known
	id           uuid.UUID
	personas     map[string]uuid.UUID // by the origin's id; only those that are still there
	campaigns    map[string]uuid.UUID // likewise
	byExternalID map[string]uuid.UUID // campaigns
	members      map[uuid.UUID]bool
	recorded     bool // an event says that something was imported
}

// workspace returns what is here of a workspace; nothing, where it is not.
func (x *existing) workspace(id string) *existingWorkspace {
	if known := x.workspaces[id]; known != nil {
		return known
	}
	return &existingWorkspace{personas: map[string]uuid.UUID{}, campaigns: map[string]uuid.UUID{}}
}

// fold returns a name as the index that keeps names apart sees it.
func (x *existing) fold(name string) string {
	if folded, ok := x.folded[name]; ok {
		return folded
	}
	folded, err := x.foldOne(name)
	if err != nil && x.foldErr == nil {
		x.foldErr = err
	}
	if err != nil {
		folded = uuid.NewString() // taken by nobody, so that the search for a name ends
	}
	x.folded[name] = folded
	return folded
}

// idFor keeps an id that is a UUID, so that links go on working, unless another
// row has it.
func (x *existing) idFor(theirs string) uuid.UUID {
	id, err := uuid.Parse(theirs)
	if err != nil || id.String() != theirs || id == uuid.Nil || x.taken[id] {
		id = uuid.New()
	}
	x.taken[id] = true
	return id
}

// record adds the event of a workspace to a batch, and notes the deliveries that
// it makes.
func (x *existing) record(batch *pgx.Batch, workspace uuid.UUID, e *event) error {
	arguments, err := e.arguments(Access{workspace: workspace, role: access.Operator})
	collectMore(batch.Queue(tellEvent, arguments...), &x.deliveries, scanTold)
	return err
}

// lookUp locks those of the workspaces that are here, and finds out what they
// have. The lock is a statement of its own, so that the others see what the
// writer before left.
func (imp *Importer) lookUp(ctx context.Context, tx pgx.Tx, list []origin.Workspace) (*existing, error) {
	x := &existing{
		workspaces: map[string]*existingWorkspace{}, folded: map[string]string{}, taken: map[uuid.UUID]bool{},
	}
	x.foldOne = func(name string) (folded string, err error) {
		err = tx.QueryRow(ctx, `select name_key($1::text)`, name).Scan(&folded)
		return folded, err
	}
	var theirs []string
	for _, w := range list {
		theirs = append(theirs, w.ID)
	}
	find := `select origin_id, id from workspaces where origin_id = any($1) order by id`
	if imp.conn != nil {
		find += ` for no key update`
	}
	byID := map[uuid.UUID]*existingWorkspace{}
	var here []uuid.UUID
	var key string
	var id uuid.UUID
	err := queryEach(ctx, tx, []any{&key, &id}, func() {
		w := newExistingWorkspace(id)
		x.workspaces[key], byID[id] = w, w
		here = append(here, id)
	}, find, theirs)
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	x.queueTaken(batch, list)
	if len(here) > 0 {
		queueExisting(batch, here, byID)
	}
	return x, tx.SendBatch(ctx, batch).Close()
}

func newExistingWorkspace(id uuid.UUID) *existingWorkspace {
	return &existingWorkspace{
		Known: origin.Known{
			Here: true, Personas: map[string]bool{}, Campaigns: map[string]bool{},
			Members: map[string]bool{}, Names: map[string]bool{},
		},
		id: id, personas: map[string]uuid.UUID{}, campaigns: map[string]uuid.UUID{},
		byExternalID: map[string]uuid.UUID{}, members: map[uuid.UUID]bool{},
	}
}

// queueTaken finds out which ids of the origin a row here has, and how the names of
// its personas fold.
func (x *existing) queueTaken(batch *pgx.Batch, list []origin.Workspace) {
	var names []string
	var ids []uuid.UUID
	note := func(id string) {
		if parsed, err := uuid.Parse(id); err == nil {
			ids = append(ids, parsed)
		}
	}
	for _, w := range list {
		note(w.ID)
		for _, p := range w.Personas {
			names = append(names, persona.CleanLine(p.Name))
			note(p.ID)
		}
		for _, c := range w.Campaigns {
			note(c.ID)
		}
	}
	var id uuid.UUID
	collectEach(batch.Queue(`select id from workspaces where id = any($1)
		union select id from personas where id = any($1) union select id from campaigns where id = any($1)`, ids),
		[]any{&id}, func() { x.taken[id] = true })
	var name, folded string
	collectEach(batch.Queue(`select name, name_key(name) from unnest($1::text[]) n (name)`, names),
		[]any{&name, &folded}, func() { x.folded[name] = folded })
}

// queueExisting finds out what the workspaces that are here have.
func queueExisting(batch *pgx.Batch, here []uuid.UUID, byID map[uuid.UUID]*existingWorkspace) {
	var workspace, id uuid.UUID
	var kind, key string
	var there, admin bool
	var s persona.Settings
	each := func(sql string, targets []any, note func(*existingWorkspace)) {
		collectEach(batch.Queue(sql, here), append([]any{&workspace}, targets...), func() { note(byID[workspace]) })
	}
	each(`select o.workspace_id, o.kind, o.origin_id, o.id,
			exists (select from personas p where p.workspace_id = o.workspace_id and p.id = o.id)
			or exists (select from campaigns c where c.workspace_id = o.workspace_id and c.id = o.id)
		from origin_rows o where o.workspace_id = any($1) and o.kind in ('persona', 'campaign', 'member')`,
		[]any{&kind, &key, &id, &there}, func(w *existingWorkspace) { w.note(kind, key, id, there) })
	each(`select workspace_id, name_key(name) from personas where workspace_id = any($1)`,
		[]any{&key}, func(w *existingWorkspace) { w.Names[key] = true })
	each(`select workspace_id, external_id, id from campaigns where workspace_id = any($1) and external_id is not null`,
		[]any{&key, &id}, func(w *existingWorkspace) { w.byExternalID[key] = id })
	each(`select workspace_id, user_id, role in ('owner', 'admin') from members where workspace_id = any($1)`,
		[]any{&id, &admin}, func(w *existingWorkspace) {
			w.members[id] = true
			w.Admin = w.Admin || admin
		})
	each(`select s.workspace_id, `+settingsWords("s")+`, s.version from workspace_settings s
		where s.workspace_id = any($1)`, append(settingsTargets(&s), &s.Version),
		func(w *existingWorkspace) { w.Settings = s })
}

// note notes a row that was imported before, and whether it is still there.
func (w *existingWorkspace) note(kind, theirs string, ours uuid.UUID, there bool) {
	switch kind {
	case "persona":
		w.Personas[theirs] = true
		if there {
			w.personas[theirs] = ours
		}
	case "campaign":
		w.Campaigns[theirs] = true
		if there {
			w.campaigns[theirs] = ours
		}
	case "member":
		w.Members[theirs] = true
	}
}
