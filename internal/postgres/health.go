package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// A check finds where a rule does not hold, and says how.
type check struct {
	rule string
	sql  string // of one workspace, $1
	scan func(pgx.CollectableRow, *persona.Finding) error
}

// checks are the rules that data have to keep, in the order in which they are told.
var checks = []check{
	{"one_default", checkDefault, scanDefaults},
	{"mirror", checkMirror, scanMirror},
	{"own_personas", checkCampaigns, scanForeign},
	{"names", checkNames, scanAlike},
	{"history", checkHistory, scanUnrecorded},
	{"settings_history", checkSettings, scanUnrecordedSettings},
	{"versions", checkVersions, scanVersions},
	{"events", checkLog, scanEvents},
	{"admins", checkAdmins, scanAdmins},
	{"drafts", checkDrafts, scanDraftPersonas},
	{"schedules", checkSchedules, scanOverdue},
}

// Rules names what a Finding may be about.
func Rules() []string {
	rules := make([]string, 0, len(checks)+2)
	for _, c := range checks {
		rules = append(rules, c.rule)
	}
	return append(rules, "secrets", "guards")
}

// standing are the workspaces that are not being erased, of which a part is gone.
const standing = `(select id, name from workspaces where erasing_at is null)`

// The checks of one workspace. Of all at once they are asked without that condition,
// by everywhere: "$1 is null or" would have PostgreSQL plan both alike.
var (
	checkDefault = `
		select w.id, w.name, count(p.id)::int, (count(p.id) filter (where p.is_default))::int
		from ` + standing + ` w join personas p on p.workspace_id = w.id where w.id = $1
		group by w.id, w.name having count(p.id) filter (where p.is_default) <> 1 order by w.name`
	checkMirror = `
		select w.id, w.name, s.workspace_id is null, ` + mirrorColumns.words("s") + `, ` + personaAlone + `
		from ` + standing + ` w join personas p on p.workspace_id = w.id and p.is_default
		left join workspace_settings s on s.workspace_id = w.id
		where w.id = $1 and (s.workspace_id is null
			or (` + voiceColumns.of("p") + `) is distinct from (` + mirrorColumns.of("s") + `))
		order by w.name`
	checkCampaigns = `
		select w.id, w.name, c.name from campaigns c join ` + standing + ` w on w.id = c.workspace_id
		where c.workspace_id = $1 and c.persona_id is not null
			and not exists (select from personas p where p.workspace_id = c.workspace_id and p.id = c.persona_id)
		order by w.name, c.name`
	// What name_key does to a name in plain ASCII with single blanks is to lower it; the
	// rest of what it does is slow. Those that looked alike before there was the rule are
	// told apart by a number.
	checkNames = `
		select w.id, w.name, array_agg(p.name order by p.seq) from (
			select p.workspace_id, p.name, p.seq, p.alike, case when octet_length(p.name) = char_length(p.name)
				and strpos(p.name, '  ') = 0 then lower(p.name collate "C") else name_key(p.name) end as key
			from personas p where p.workspace_id = $1) p
		join ` + standing + ` w on w.id = p.workspace_id
		group by w.id, w.name, p.key collate "C", p.alike having count(*) > 1 order by w.name`
	checkHistory = `
		select w.id, w.name, p.name, ` + triggersOff("personas", "persona_number", "persona_record") + `
		from personas p join ` + standing + ` w on w.id = p.workspace_id
		left join lateral (select * from persona_versions v where v.workspace_id = p.workspace_id and v.persona_id = p.id
			order by v.version desc limit 1) v on true
		where p.workspace_id = $1 and (v.version is distinct from p.version or v.deleted
			or (v.is_default, ` + contentColumns.of("v") + `) is distinct from (p.is_default, ` + contentColumns.of("p") + `))
		order by w.name, p.name`
	// Whatever columns the versions have are compared. Of settings that are gone the last
	// version says that they were deleted.
	checkSettings = `
		select w.id, w.name, s.workspace_id is null,
			` + triggersOff("workspace_settings", "settings_number", "settings_record") + `
		from ` + standing + ` w left join workspace_settings s on s.workspace_id = w.id
		left join lateral (select v.deleted, to_jsonb(v) - '{deleted,recorded_at,event_id}'::text[] as words
			from workspace_settings_versions v where v.workspace_id = w.id order by v.version desc limit 1) v on true
		where w.id = $1 and case when s.workspace_id is null then v.deleted is false
			else v.words is null or v.deleted or not to_jsonb(s) @> v.words end
		order by w.name`
	// Versions count from 1, with none left out but before the last repair, which
	// recorded that some are missing, or among those that are kept no longer; that of what is
	// gone says that it was deleted.
	checkVersions = `
		with repaired as (
			select f.workspace_id, greatest(f.removed_before, r.at) as at from workspace_revisions f
			left join (select e.workspace_id, max(e.at) as at from audit_events e
				where e.workspace_id = $1 and e.action = 'workspace.repaired' group by e.workspace_id) r on r.workspace_id = f.workspace_id
			where f.workspace_id = $1 and coalesce(f.removed_before, r.at) is not null
		), personas_known as (
			select v.workspace_id, v.persona_id, count(*) as n, min(v.version) as first, max(v.version) as last
			from persona_versions v where v.workspace_id = $1 group by v.workspace_id, v.persona_id
		), settings_known as (
			select v.workspace_id, count(*) as n, min(v.version) as first, max(v.version) as last
			from workspace_settings_versions v where v.workspace_id = $1 group by v.workspace_id
		), broken as (
			select k.workspace_id, (select l.name from persona_versions l where l.workspace_id = k.workspace_id
				and l.persona_id = k.persona_id and l.version = k.last) as name, false as gone
			from personas_known k left join repaired r on r.workspace_id = k.workspace_id
			where (k.n <> k.last or k.first <> 1) and exists (` + gapsAfterRepair("persona_versions", "v.persona_id = k.persona_id") + `)
			union all
			select k.workspace_id, (select l.name from persona_versions l where l.workspace_id = k.workspace_id
				and l.persona_id = k.persona_id and l.version = k.last), true
			from personas_known k
			where not exists (select from personas p where p.workspace_id = k.workspace_id and p.id = k.persona_id)
				and not exists (select from persona_versions l where l.workspace_id = k.workspace_id
					and l.persona_id = k.persona_id and l.version = k.last and l.deleted)
			union all
			select k.workspace_id, '', false from settings_known k left join repaired r on r.workspace_id = k.workspace_id
			where (k.n <> k.last or k.first <> 1) and exists (` + gapsAfterRepair("workspace_settings_versions", "true") + `)
		)
		select w.id, w.name, b.name, b.gone from broken b join ` + standing + ` w on w.id = b.workspace_id
		order by w.name, b.name`
	// rev counts the events of a workspace from 1, so all of them are there, or all since
	// the last repair, which recorded that some are missing, and since those that are kept no
	// longer.
	checkLog = `
		select w.id, w.name, r.rev, c.last, coalesce(r.rev - repaired.rev
			- (select count(*) from audit_events e where e.workspace_id = w.id and e.rev > repaired.rev), 0)
		from ` + standing + ` w left join workspace_revisions r on r.workspace_id = w.id
		cross join lateral (select (select count(*) from audit_events e where e.workspace_id = w.id) as n,
			coalesce((select max(e.rev) from audit_events e where e.workspace_id = w.id), 0) as last) c
		left join lateral (select greatest(r.removed_to, max(e.rev), 0) as rev from audit_events e
			where e.workspace_id = w.id and e.action = 'workspace.repaired') repaired on true
		where w.id = $1 and (r.rev is null or r.rev <> c.last or r.rev <> c.n and r.rev - repaired.rev
			<> (select count(*) from audit_events e where e.workspace_id = w.id and e.rev > repaired.rev))
		order by w.name`
	checkAdmins = `
		select w.id, w.name, count(*)::int from members m join ` + standing + ` w on w.id = m.workspace_id
		where m.workspace_id = $1 group by w.id, w.name
		having count(*) filter (where m.role in ('owner', 'admin')) = 0 order by w.name`
	// A draft names a version of a persona, which may be gone and is in the history. What a
	// repair found and recorded is told no more.
	checkDrafts = `
		select w.id, w.name, count(*)::int, (count(*) filter (where exists (
			select from personas p where p.id = d.persona_id and p.workspace_id <> d.workspace_id)))::int
		from drafts d join ` + standing + ` w on w.id = d.workspace_id
		where d.workspace_id = $1 and d.persona_id is not null
			and not exists (select from persona_versions v where v.workspace_id = d.workspace_id
				and v.persona_id = d.persona_id and v.version = d.persona_version)
			and not exists (select from audit_events e where e.workspace_id = d.workspace_id
				and e.action = 'workspace.repaired' and e.at >= d.made_at)
		group by w.id, w.name order by w.name`
	// What is due is done at each full minute, and where a server was restarted, once it is back.
	checkSchedules = `
		select w.id, w.name, count(*)::int, min(s.due_at) from schedules s join ` + standing + ` w on w.id = s.workspace_id
		where s.workspace_id = $1 and s.due_at < now() - interval '5 minutes' group by w.id, w.name order by w.name`
)

// triggersOff returns the condition that one of the triggers is missing or off.
func triggersOff(table string, triggers ...string) string {
	return fmt.Sprintf(`%d <> (select count(*) from pg_trigger where tgrelid = '%s'::regclass
		and tgname in ('%s') and tgenabled in ('O', 'A'))`, len(triggers), table, strings.Join(triggers, "', '"))
}

// gapsAfterRepair returns a query of the versions of k that do not follow the one
// before, and are younger than the repair r.
func gapsAfterRepair(table, same string) string {
	return `select from (select v.recorded_at, v.version - lag(v.version, 1, 0) over (order by v.version) as step
		from ` + table + ` v where v.workspace_id = k.workspace_id and ` + same + `) s
		where s.step <> 1 and (r.at is null or s.recorded_at > r.at)`
}

var ofOneWorkspace = regexp.MustCompile(`\w+\.(workspace_)?id = \$1`)

// checkIn returns a check of one workspace with its arguments, or of all where workspace is null.
func checkIn(workspace uuid.NullUUID, check string) (sql string, arguments []any) {
	if !workspace.Valid {
		return ofOneWorkspace.ReplaceAllString(check, "true"), nil
	}
	return check, []any{workspace.UUID}
}

// Health returns what is wrong in one workspace; nothing, when every rule holds. The
// guards are looked at once a minute at most.
func (db *DB) Health(ctx context.Context, a Access) (persona.Health, error) {
	if !a.May(access.Read) {
		return persona.Health{}, persona.ErrNotFound
	}
	return db.health(ctx, db.reads, valid(a.workspace), guardsFor)
}

// checkingAll is how long a check of all workspaces may take. It reads each of them.
const checkingAll = time.Minute

// HealthOfAll returns what is wrong anywhere, for whoever runs the server. It looks at
// the guards anew.
func (db *DB) HealthOfAll(ctx context.Context) ([]persona.Finding, error) {
	tx, err := db.reads.Begin(ctx)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, `select set_config('statement_timeout', $1, true)`,
		strconv.FormatInt(checkingAll.Milliseconds(), 10)); err != nil {
		return nil, explain(err)
	}
	health, err := db.health(ctx, tx, uuid.NullUUID{}, 0)
	return health.Findings, err
}

// health checks a workspace, or all, and tells what was found of the guards within so
// long.
func (db *DB) health(
	ctx context.Context, in batcher, workspace uuid.NullUUID, within time.Duration,
) (persona.Health, error) {
	var health persona.Health
	guards, at, err := db.guards.look(ctx, db.reads, within)
	if err != nil {
		return health, err
	}
	health.GuardsAt = at
	health.Findings, err = db.checkData(ctx, in, workspace)
	if errors.As(err, new(*unmigratedError)) {
		// Something that the rules speak of is gone. That is what there is to say.
		if guards, health.GuardsAt, _ = db.guards.look(ctx, db.reads, 0); len(guards) > 0 {
			err = nil
		}
	}
	health.Findings = append(health.Findings, guards...)
	return health, err
}

// checkData returns where the data of a workspace, or of all, break a rule.
func (db *DB) checkData(ctx context.Context, in batcher, workspace uuid.NullUUID) ([]persona.Finding, error) {
	var findings []persona.Finding
	batch := &pgx.Batch{}
	for _, c := range checks {
		sql, arguments := checkIn(workspace, c.sql)
		collectMore(batch.Queue(sql, arguments...), &findings, func(row pgx.CollectableRow) (persona.Finding, error) {
			f := persona.Finding{Rule: c.rule}
			return f, c.scan(row, &f)
		})
	}
	db.queueUnreadable(batch, workspace, &findings)
	if err := explain(in.SendBatch(ctx, batch).Close()); err != nil {
		return nil, err
	}
	return findings, nil
}

// guardsFor is how long what was found of the guards is told: looking at the whole
// catalogue takes long, and it changes seldom.
const guardsFor = time.Minute

// guardLook is what was last found of the guards.
type guardLook struct {
	mu    sync.Mutex
	at    time.Time
	found []persona.Finding
}

// look returns how the guards differ from those that the migrations make, as they were
// within so long, and when. Only one looks at a time.
func (g *guardLook) look(ctx context.Context, in querier, within time.Duration) ([]persona.Finding, time.Time, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.at) >= within {
		guards, err := queryAll(ctx, in, scanGuard, selectGuards)
		if err != nil {
			return nil, g.at, explain(err)
		}
		g.at, g.found = now, differing(guards)
	}
	return g.found, g.at, nil
}

func scanDefaults(row pgx.CollectableRow, f *persona.Finding) error {
	var personas, defaults int
	err := row.Scan(&f.Workspace, &f.Name, &personas, &defaults)
	f.Sentence = i18n.Say("Of its %s personas, %s are the default; it must be exactly one.",
		strconv.Itoa(personas), strconv.Itoa(defaults))
	return err
}

func scanMirror(row pgx.CollectableRow, f *persona.Finding) error {
	var settings persona.Voice
	var p persona.Persona
	var missing bool
	err := row.Scan(slices.Concat([]any{&f.Workspace, &f.Name, &missing}, voiceTargets(&settings), personaTargets(&p))...)
	f.Settings = persona.Diff(settings, p.Voice)
	f.Sentence = i18n.Say("The workspace settings differ from the default persona “%s” in %d of its %d fields.",
		p.Name, len(f.Settings), len(voiceFields))
	if missing {
		f.Sentence = i18n.Say("The workspace settings are missing, "+
			"so older programs do not get the words of the default persona “%s”.", p.Name)
	}
	return err
}

func scanForeign(row pgx.CollectableRow, f *persona.Finding) error {
	var campaign string
	err := row.Scan(&f.Workspace, &f.Name, &campaign)
	f.Sentence = i18n.Say("The campaign “%s” has a persona that this workspace does not have. "+
		"Give it another on the page Campaigns.", campaign)
	return err
}

func scanAlike(row pgx.CollectableRow, f *persona.Finding) error {
	var names []string
	err := row.Scan(&f.Workspace, &f.Name, &names)
	f.Sentence = i18n.Say("Personas have names that look the same: “%s”. Give each another name.",
		strings.Join(names, "”, “"))
	return err
}

func scanUnrecorded(row pgx.CollectableRow, f *persona.Finding) error {
	var name string
	err := row.Scan(&f.Workspace, &f.Name, &name, &f.Stuck)
	f.Sentence = i18n.Say("The history does not hold “%s” as it reads now.", name)
	if f.Stuck {
		f.Sentence = i18n.Say("The history does not hold “%s” as it reads now. It can be repaired once whoever owns "+
			"the database has put the triggers persona_number and persona_record on personas back.", name)
	}
	return err
}

func scanUnrecordedSettings(row pgx.CollectableRow, f *persona.Finding) error {
	var gone bool
	err := row.Scan(&f.Workspace, &f.Name, &gone, &f.Stuck)
	f.Sentence = i18n.Say("The history does not hold the workspace settings as they read now.")
	if gone {
		f.Sentence = i18n.Say("The workspace settings are gone, and the history does not say that they were deleted.")
	}
	if f.Stuck = f.Stuck && !gone; f.Stuck {
		f.Sentence = i18n.Say("The history does not hold the workspace settings as they read now. It can be repaired once " +
			"whoever owns the database has put the triggers settings_number and settings_record on workspace_settings back.")
	}
	return err
}

// fromBackup says of what is lost what becomes of it.
func fromBackup(lost i18n.Text) i18n.Text {
	return i18n.Say("%s Whoever owns the database can bring it back from a backup; "+
		"else a repair records that it is missing.", lost)
}

func scanVersions(row pgx.CollectableRow, f *persona.Finding) error {
	var name string
	var gone bool
	err := row.Scan(&f.Workspace, &f.Name, &name, &gone)
	switch {
	case gone:
		f.Sentence = i18n.Say("The persona “%s” is gone, and the history does not say that it was deleted. "+
			"A repair records that, and then it can be restored.", name)
	case name == "":
		f.Sentence = fromBackup(i18n.Say("A version of the workspace settings is missing from the history."))
	default:
		f.Sentence = fromBackup(i18n.Say("A version of the persona “%s” is missing from the history.", name))
	}
	return err
}

func scanEvents(row pgx.CollectableRow, f *persona.Finding) error {
	var rev *int
	var last, missing int
	err := row.Scan(&f.Workspace, &f.Name, &rev, &last, &missing)
	switch {
	case rev == nil:
		f.Stuck = true
		f.Sentence = i18n.Say("The number of its latest event is missing, so nothing can be changed. Whoever owns the "+
			"database has to insert it into workspace_revisions; in the log it is %s.", strconv.Itoa(last))
	case *rev < last:
		f.Stuck = true
		f.Sentence = i18n.Say("The number of its latest event is said to be %s and in the log it is %s, so nothing can be "+
			"changed. Whoever owns the database has to set workspace_revisions to %[2]s.", strconv.Itoa(*rev), strconv.Itoa(last))
	default:
		f.Sentence = fromBackup(i18n.Say("Of the events in its log, numbered to %s, some are missing: %s.",
			strconv.Itoa(*rev), strconv.Itoa(missing)))
	}
	return err
}

func scanAdmins(row pgx.CollectableRow, f *persona.Finding) error {
	var members int
	err := row.Scan(&f.Workspace, &f.Name, &members)
	f.Sentence = i18n.Say("Nobody of its members is an owner or admin. There are %s: a superadmin can make one of them "+
		"an admin on the page Members.", strconv.Itoa(members))
	return err
}

func scanDraftPersonas(row pgx.CollectableRow, f *persona.Finding) error {
	var drafts, foreign int
	err := row.Scan(&f.Workspace, &f.Name, &drafts, &foreign)
	f.Sentence = i18n.Say("Drafts that name a persona of another workspace: %s; or a version that never was: %s. "+
		"Read them before they are sent, and reject what is not this workspace’s. A repair records that they are known.",
		strconv.Itoa(foreign), strconv.Itoa(drafts-foreign))
	return err
}

func scanOverdue(row pgx.CollectableRow, f *persona.Finding) error {
	var steps int
	var since time.Time
	err := row.Scan(&f.Workspace, &f.Name, &steps, &since)
	f.Sentence = i18n.Say("What was scheduled is overdue: %s, the first since %s. A server does what is due at each full "+
		"minute; whoever runs it finds in its log why this was not done.", strconv.Itoa(steps), i18n.UTC(since))
	return err
}

// Sides lists them.
func Sides() []persona.Side { return []persona.Side{persona.PersonaIsRight, persona.SettingsAreRight} }

// Repaired is what Repair did. A request that is sent again is not told what it found.
type Repaired struct {
	*persona.Persona                   // the default; nil: there is no persona
	Found            []persona.Finding `json:"-"`
	Proposed         *persona.Proposal // that the default has the words of the settings, because a second person has to approve it
}

// Repair makes rules 1 and 2 hold in a workspace: of several defaults the one
// that settings equal stays, else the oldest; of none, the oldest persona
// becomes it; then the right side's words are copied to the other. A persona, or
// settings, that the history does not hold as they read get a new version; of what is
// lost, the event says that it was found. What it found it repaired where that is
// Repairable; where nothing is, it changes nothing. Where a second person has to approve
// other words of the default, those of the settings are proposed, and nothing is repaired.
// It fails with an InvalidError when settings hold what no persona can.
func (db *DB) Repair(ctx context.Context, a Access, right persona.Side) (Repaired, error) {
	guards, _, err := db.guards.look(ctx, db.reads, 0)
	if err != nil {
		return Repaired{}, err
	}
	done, err := write(ctx, db, a, access.Write, audit.WorkspaceRepaired, func(c *change) (r Repaired, err error) {
		if r.Found, err = db.checkData(ctx, c, valid(a.workspace)); err != nil {
			return r, err
		}
		differs := slices.ContainsFunc(r.Found, persona.Finding.Differs)
		if slices.ContainsFunc(r.Found, persona.Finding.Repairable) {
			for _, f := range r.Found {
				if !slices.Contains(c.details.Rules, f.Rule) {
					c.details.Rules = append(c.details.Rules, f.Rule)
				}
			}
			if c.two && differs && right == persona.SettingsAreRight {
				r.Proposed, err = proposeSettings(ctx, c, a)
			}
			if err == nil && r.Proposed == nil {
				err = repair(ctx, c, a, right, differs)
			}
		} else {
			c.unchanged = true
		}
		if err == nil {
			r.Persona, err = queryDefault(ctx, c, a)
		}
		return r, err
	})
	done.Found = append(done.Found, guards...)
	return done, err
}

// proposeSettings proposes that the default has the words of the settings. It fails with
// persona.ErrSecondPerson where more is wrong with the default, so that there is no version
// that a proposal could be made from. It returns nil where the words are the same once they are cleaned.
func proposeSettings(ctx context.Context, c *change, a Access) (*persona.Proposal, error) {
	settings, err := settingsOf(ctx, c, a)
	if err != nil {
		return nil, err
	}
	defaults, err := queryAll(ctx, c, scanPersona, `select `+personaColumns+` from personas p
		where p.workspace_id = $1 and p.is_default and says_as_pinned(p, p.version)`, a.workspace)
	if err == nil && len(defaults) != 1 {
		err = persona.ErrSecondPerson
	}
	if err != nil {
		return nil, err
	}
	content, err := inheriting(defaults[0].Content, settings)
	if err != nil || len(persona.DiffContent(defaults[0].Content, content)) == 0 {
		return nil, err
	}
	return proposeInstead(ctx, c, a, editOf(defaults[0].ID, defaults[0].Version, content))
}

// inheriting returns content with the words of the settings, or an InvalidError.
func inheriting(content persona.Content, settings persona.Settings) (persona.Content, error) {
	content.Voice = settings.Voice.Clean()
	if errs := content.Check(); len(errs) > 0 {
		return content, &persona.InvalidError{Fields: persona.InSettings(errs)}
	}
	return content, nil
}

func repair(ctx context.Context, c *change, a Access, right persona.Side, differs bool) error {
	// The words are kept as a program's outside; what is written as it was becomes
	// the version that follows.
	for _, sql := range []string{
		`select keep_unrecorded($1)`,
		`select keep_deletions($1)`,
		`update personas set is_default = is_default where workspace_id = $1`,
		`update workspace_settings set version = version where workspace_id = $1`,
	} {
		if _, err := c.Exec(ctx, sql, a.workspace); err != nil {
			return err
		}
	}
	settings, err := settingsOf(ctx, c, a)
	if err != nil {
		return err
	}
	keep, err := rightful(ctx, c, a, settings)
	if err != nil || keep == nil {
		return err
	}
	content := keep.Content
	if right == persona.SettingsAreRight && differs {
		if content, err = inheriting(content, settings); err != nil {
			return err
		}
	}
	c.about(keep.ID)
	c.version = keep.Version
	c.details.Fields = changedFields(keep.Content, content)
	if _, err := c.Exec(ctx, `update personas set is_default = false
		where workspace_id = $1 and is_default and id <> $2`, a.workspace, keep.ID); err != nil {
		return err
	}
	if err := updatePersona(ctx, c, *keep, content, true); err != nil {
		return err
	}
	return mirror(ctx, c, a)
}

// rightful returns the persona that is, or becomes, the default when several are
// or none is; nil: there is no persona.
func rightful(ctx context.Context, tx pgx.Tx, a Access, settings persona.Settings) (*persona.Persona, error) {
	personas, err := queryAll(ctx, tx, scanPersona, `select `+personaColumns+` from personas p
		where p.workspace_id = $1 order by p.is_default desc, p.seq`, a.workspace)
	for i, p := range personas {
		if p.IsDefault && p.Voice == settings.Voice {
			return &personas[i], err
		}
	}
	return first(personas, err)
}
