package postgres

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/origin"
	"personae/internal/persona"
)

// importedRows are the rows that a batch of an import adds, each table's as columns. PostgreSQL
// makes the rules and indexes of a table ready anew for each statement, which takes longer than
// a row: so one statement adds those of all workspaces.
type importedRows struct {
	workspaces     workspaceRows
	were, settings settingsRows // in the origin, where a repair changed them, and as they are here
	questions      questionRows
	versions       versionRows
	personas       personaRows
	mirrored       []uuid.UUID // workspaces that got a default
	campaigns      campaignRows
	members        memberRows
	origin         originRows
	events         eventRows
}

// queue adds the rows to a batch, and notes the deliveries that their events make.
func (r *importedRows) queue(batch *pgx.Batch, here *existing) error {
	batch.Queue(`select set_config('personae.events', $1, true)`, strings.Join(r.events.names, " "))
	add := func(rows int, sql string, columns ...any) {
		if rows > 0 {
			batch.Queue(sql, columns...)
		}
	}
	w := &r.workspaces
	add(len(w.ids), insertWorkspaces, w.ids, w.names, w.theirs, w.created)
	for _, s := range []*settingsRows{&r.were, &r.settings} {
		add(len(s.of), insertSettings, append([]any{s.of, s.draftsOff}, s.words.arguments()...)...)
	}
	q := &r.questions
	add(len(q.of), insertQuestions, q.of, q.ids, q.texts, q.required)
	v := &r.versions
	add(len(v.of), insertFirstVersions, append([]any{v.of, v.personas, v.recorded, v.events}, v.words.arguments()...)...)
	p := &r.personas
	add(len(p.of), insertPersonas, append([]any{p.of, p.ids, p.defaults, p.makers, p.created, p.updated}, p.words.arguments()...)...)
	add(len(r.mirrored), mirrorDefaults, r.mirrored)
	c := &r.campaigns
	add(len(c.of), insertCampaigns, c.of, c.ids, c.externals, c.names, c.personas, c.modes, c.created)
	m := &r.members
	add(len(m.of), insertMembers, m.of, m.users, m.roles, m.theirs)
	o := &r.origin
	add(len(o.of), insertOriginRows, o.of, o.kinds, o.theirs, o.ours)
	return r.events.queue(batch, here)
}

// wordColumns are the words of many rows, a list for each of their columns.
type wordColumns [][]string

// add adds a row of words, as mainArguments and voiceArguments return them.
func (w *wordColumns) add(words []any) {
	if *w == nil {
		*w = make(wordColumns, len(words))
	}
	for i, word := range words {
		(*w)[i] = append((*w)[i], word.(string))
	}
}

func (w wordColumns) arguments() []any {
	list := make([]any, len(w))
	for i, column := range w {
		list[i] = column
	}
	return list
}

// orNull returns the columns of the rows i, with NULL for ”.
func (c columns) orNull() string {
	return c.each(func(name string) string { return "nullif(i." + name + ", '')" })
}

type workspaceRows struct {
	ids           []uuid.UUID
	names, theirs []string
	created       []time.Time
}

func (r *workspaceRows) add(id uuid.UUID, name string, w origin.Workspace) {
	r.ids, r.names = append(r.ids, id), append(r.names, name)
	r.theirs, r.created = append(r.theirs, w.ID), append(r.created, w.CreatedAt)
}

const insertWorkspaces = `insert into workspaces (id, name, origin_id, created_at)
	select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])`

type settingsRows struct {
	of        []uuid.UUID
	draftsOff []bool
	words     wordColumns
}

// add adds the settings of a workspace; nil: it has none.
func (r *settingsRows) add(workspace uuid.UUID, s *persona.Settings) {
	if s == nil {
		return
	}
	r.of, r.draftsOff = append(r.of, workspace), append(r.draftsOff, s.DraftsOff)
	r.words.add(append(voiceArguments(s.Voice), s.CompanyName, s.QualificationQuestions))
}

var insertSettings = `
	insert into workspace_settings (workspace_id, drafts_off, ` + settingsColumns.list() + `)
	select i.workspace_id, i.drafts_off, ` + settingsColumns.orNull() + `
	from unnest($1::uuid[], $2::boolean[], ` + settingsColumns.arrays(3) + `) i (workspace_id, drafts_off, ` + settingsColumns.list() + `)
	on conflict (workspace_id) do update set (drafts_off, ` + settingsColumns.list() + `)
		= (excluded.drafts_off, ` + settingsColumns.of("excluded") + `)`

type questionRows struct {
	of         []uuid.UUID
	ids, texts []string
	required   []bool
}

func (r *questionRows) add(workspace uuid.UUID, q persona.Question) {
	r.of, r.ids = append(r.of, workspace), append(r.ids, q.ID)
	r.texts, r.required = append(r.texts, q.Text), append(r.required, q.Required)
}

const insertQuestions = `insert into origin_questions (workspace_id, origin_id, question, required)
	select * from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) on conflict do nothing`

// versionRows are first versions, whose words a repair changed.
type versionRows struct {
	of, personas []uuid.UUID
	recorded     []time.Time
	events       []uuid.UUID
	words        wordColumns
}

func (r *versionRows) add(workspace, id uuid.UUID, p origin.PlannedPersona, event uuid.UUID) {
	r.of, r.personas = append(r.of, workspace), append(r.personas, id)
	r.recorded, r.events = append(r.recorded, p.UpdatedAt), append(r.events, event)
	r.words.add(mainArguments(*p.Was))
}

var insertFirstVersions = `
	insert into persona_versions (workspace_id, persona_id, version, is_default, recorded_at, event_id, ` + mainColumns.list() + `)
	select i.workspace_id, i.persona_id, 1, false, i.recorded_at, i.event_id, ` + mainColumns.orNull() + `
	from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], ` + mainColumns.arrays(5) + `)
		i (workspace_id, persona_id, recorded_at, event_id, ` + mainColumns.list() + `)`

type personaRows struct {
	of, ids          []uuid.UUID
	defaults         []bool
	makers           []uuid.NullUUID
	created, updated []time.Time
	words            wordColumns
}

func (r *personaRows) add(workspace, id, maker uuid.UUID, p origin.PlannedPersona) {
	r.of, r.ids, r.defaults = append(r.of, workspace), append(r.ids, id), append(r.defaults, p.IsDefault)
	r.makers = append(r.makers, uuid.NullUUID{UUID: maker, Valid: maker != uuid.Nil})
	r.created, r.updated = append(r.created, p.CreatedAt), append(r.updated, p.UpdatedAt)
	r.words.add(mainArguments(p.Content))
}

var insertPersonas = `
	insert into personas (workspace_id, id, is_default, created_by, created_at, updated_at, ` + mainColumns.list() + `)
	select i.workspace_id, i.id, i.is_default, i.created_by, i.created_at, i.updated_at, i.name, ` + voiceColumns.orNull() + `
	from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], ` + mainColumns.arrays(7) + `)
		with ordinality i (workspace_id, id, is_default, created_by, created_at, updated_at, ` + mainColumns.list() + `, place)
	order by i.place`

// mirrorDefaults is mirrorDefault for workspaces that got their default, most of whose settings
// say the same already.
var mirrorDefaults = `
	insert into workspace_settings (workspace_id, ` + mirrorColumns.list() + `)
	select p.workspace_id, ` + voiceColumns.of("p") + ` from personas p
	left join workspace_settings s on s.workspace_id = p.workspace_id
	where p.workspace_id = any($1) and p.is_default
		and (s.workspace_id is null or (` + mirrorColumns.of("s") + `) is distinct from (` + voiceColumns.of("p") + `))
	on conflict (workspace_id) do update set (` + mirrorColumns.list() + `) = (` + mirrorColumns.of("excluded") + `)`

type campaignRows struct {
	of, ids          []uuid.UUID
	externals, names []string
	personas         []uuid.NullUUID
	modes            []string
	created          []time.Time
}

func (r *campaignRows) add(workspace, id uuid.UUID, external string, chosen uuid.NullUUID, c origin.Campaign) {
	r.of, r.ids = append(r.of, workspace), append(r.ids, id)
	r.externals, r.names = append(r.externals, external), append(r.names, c.Name)
	r.personas, r.modes, r.created = append(r.personas, chosen), append(r.modes, c.Mode), append(r.created, c.CreatedAt)
}

const insertCampaigns = `
	insert into campaigns (workspace_id, id, external_id, name, persona_id, origin_response_mode, created_at)
	select i.workspace_id, i.id, i.external_id, i.name, i.persona_id, nullif(i.mode, ''), i.created_at
	from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[])
		i (workspace_id, id, external_id, name, persona_id, mode, created_at)`

// memberRows are members of workspaces. Two people of the origin may share an address, and so an
// account.
type memberRows struct {
	of, users []uuid.UUID
	roles     []string
	theirs    []string // their roles in the origin, with commas between them
	places    map[[2]uuid.UUID]int
}

func (r *memberRows) add(workspace, user uuid.UUID, role access.Role, theirs []string) {
	there := strings.Join(theirs, ",")
	place, twice := r.places[[2]uuid.UUID{workspace, user}]
	if !twice {
		if r.places == nil {
			r.places = map[[2]uuid.UUID]int{}
		}
		r.places[[2]uuid.UUID{workspace, user}] = len(r.of)
		r.of, r.users, r.roles, r.theirs = append(r.of, workspace), append(r.users, user), append(r.roles, string(role)), append(r.theirs, there)
	} else if role == access.Owner || r.roles[place] == string(access.Member) {
		r.roles[place], r.theirs[place] = string(role), there
	}
}

const insertMembers = `
	insert into members as m (workspace_id, user_id, role, origin_roles)
	select i.workspace_id, i.user_id, i.role, string_to_array(nullif(i.theirs, ''), ',')
	from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) i (workspace_id, user_id, role, theirs)
	on conflict (workspace_id, user_id) do update set role = excluded.role, origin_roles = excluded.origin_roles
	where excluded.role = 'owner' or m.role = 'member'`

// originRows are the ids of what was imported.
type originRows struct {
	of            []uuid.UUID
	kinds, theirs []string
	ours          []uuid.UUID
}

func (r *originRows) add(workspace uuid.UUID, kind, theirs string, ours uuid.UUID) {
	r.of, r.kinds = append(r.of, workspace), append(r.kinds, kind)
	r.theirs, r.ours = append(r.theirs, theirs), append(r.ours, ours)
}

const insertOriginRows = `insert into origin_rows (workspace_id, kind, origin_id, id)
	select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])`

// eventRows are the events of workspaces, one each: of new ones, of which nobody can want to be
// told, and of those that were here.
type eventRows struct {
	names   []string // each workspace and its event
	of, ids []uuid.UUID
	here    []hereEvent
}

type hereEvent struct {
	workspace uuid.UUID
	event     *event
}

func (r *eventRows) add(known *existingWorkspace, id uuid.UUID, named []assignment) {
	r.names = append(r.names, known.id.String()+"="+id.String())
	if known.Here {
		r.here = append(r.here, hereEvent{known.id, &event{id: id, action: audit.WorkspaceImported, brought: named}})
		return
	}
	r.of, r.ids = append(r.of, known.id), append(r.ids, id)
}

// insertEvents is insertEvent for workspaces whose settings and personas are new.
const insertEvents = `
	with revision as (
		update workspace_revisions r set rev = r.rev + 1 from unnest($1::uuid[], $2::uuid[]) i (workspace_id, id)
		where r.workspace_id = i.workspace_id returning r.workspace_id, i.id, r.rev
	)
	insert into audit_events (id, workspace_id, rev, capacity, action, from_version, to_version, details)
	select r.id, r.workspace_id, r.rev, $3, $4, nullif(s.from_version, 0), s.to_version, jsonb_strip_nulls(jsonb_build_object('personas', p.list,
		'settings', case when s.to_version is not null then jsonb_build_object('from', nullif(s.from_version, 0), 'to', s.to_version) end))
	from revision r
	cross join lateral (select min(version) - 1 as from_version, max(version) as to_version
		from workspace_settings_versions where event_id = r.id and workspace_id = r.workspace_id) s
	cross join lateral (select jsonb_agg(jsonb_build_object('id', persona_id, 'from', nullif(version - 1, 0), 'to', version)
			order by persona_id, version) as list
		from persona_versions where event_id = r.id and workspace_id = r.workspace_id) p`

// queue adds the events to a batch, and notes the deliveries that they make.
func (r *eventRows) queue(batch *pgx.Batch, here *existing) error {
	if len(r.of) > 0 {
		batch.Queue(insertEvents, r.of, r.ids, access.Operator, audit.WorkspaceImported)
	}
	for _, e := range r.here {
		if err := here.record(batch, e.workspace, e.event); err != nil {
			return err
		}
	}
	return nil
}
