package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// The checks return, for each workspace that breaks a rule, its id, its name and
// how. $1 is a workspace, or NULL for all.
var (
	checkDefault = `
		select w.id, w.name, count(p.id)::int, (count(p.id) filter (where p.is_default))::int
		from workspaces w join personas p on p.workspace_id = w.id where $1::uuid is null or w.id = $1
		group by w.id, w.name having count(p.id) filter (where p.is_default) <> 1 order by w.name`
	checkMirror = `
		select w.id, w.name, s.workspace_id is null, ` + mirrorColumns.words("s") + `, ` + personaColumns + `
		from workspaces w join personas p on p.workspace_id = w.id and p.is_default
		left join workspace_settings s on s.workspace_id = w.id
		where ($1::uuid is null or w.id = $1) and (s.workspace_id is null
			or (` + voiceColumns.of("p") + `) is distinct from (` + mirrorColumns.of("s") + `))
		order by w.name`
	checkCampaigns = `
		select w.id, w.name, c.name from campaigns c join workspaces w on w.id = c.workspace_id
		where ($1::uuid is null or w.id = $1) and c.persona_id is not null
			and not exists (select from personas p where p.workspace_id = c.workspace_id and p.id = c.persona_id)
		order by w.name, c.name`
	checkHistory = `
		select w.id, w.name, p.name, 2 <> (select count(*) from pg_trigger where tgrelid = 'personas'::regclass
			and tgname in ('persona_number', 'persona_record') and tgenabled in ('O', 'A'))
		from personas p join workspaces w on w.id = p.workspace_id
		where ($1::uuid is null or w.id = $1) and not exists (select from persona_versions v
			where v.workspace_id = p.workspace_id and v.persona_id = p.id and v.version = p.version and not v.deleted
				and (v.is_default, ` + contentColumns.of("v") + `) is not distinct from (p.is_default, ` + contentColumns.of("p") + `))
		order by w.name, p.name`
)

// Health returns what is wrong in one workspace; nothing, when every rule holds.
func (db *DB) Health(ctx context.Context, a Access) ([]persona.Finding, error) {
	if !a.May(access.Read) {
		return nil, persona.ErrNotFound
	}
	return check(ctx, db.reads, valid(a.workspace))
}

// Rules names what a Finding may be about.
func Rules() []string { return []string{"one_default", "mirror", "own_personas", "history", "guards"} }

// HealthOfAll returns what is wrong anywhere, for whoever runs the server.
func (db *DB) HealthOfAll(ctx context.Context) ([]persona.Finding, error) {
	return check(ctx, db.reads, uuid.NullUUID{})
}

// batcher asks in a transaction or outside of one.
type batcher interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

func check(ctx context.Context, in batcher, workspace uuid.NullUUID) ([]persona.Finding, error) {
	var findings []persona.Finding
	batch := &pgx.Batch{}
	collectMore(batch.Queue(checkDefault, workspace), &findings, scanDefaults)
	collectMore(batch.Queue(checkMirror, workspace), &findings, scanMirror)
	collectMore(batch.Queue(checkCampaigns, workspace), &findings, scanForeign)
	collectMore(batch.Queue(checkHistory, workspace), &findings, scanUnrecorded)
	var guards []guard
	collect(batch.Queue(selectGuards), &guards, scanGuard)
	err := explain(in.SendBatch(ctx, batch).Close())
	if errors.As(err, new(*unmigratedError)) {
		// Something that the rules speak of is gone. That is what there is to say.
		alone := &pgx.Batch{}
		collect(alone.Queue(selectGuards), &guards, scanGuard)
		if in.SendBatch(ctx, alone).Close() == nil {
			return differing(guards), nil
		}
	}
	if err != nil {
		return nil, err
	}
	return append(findings, differing(guards)...), nil
}

func scanDefaults(row pgx.CollectableRow) (persona.Finding, error) {
	f := persona.Finding{Rule: "one_default"}
	var personas, defaults int
	err := row.Scan(&f.Workspace, &f.Name, &personas, &defaults)
	f.Sentence = fmt.Sprintf("Of its %d personas, %d are the default; it must be exactly one.", personas, defaults)
	return f, err
}

func scanMirror(row pgx.CollectableRow) (persona.Finding, error) {
	f := persona.Finding{Rule: "mirror"}
	var settings persona.Voice
	var p persona.Persona
	var missing bool
	err := row.Scan(slices.Concat([]any{&f.Workspace, &f.Name, &missing}, voiceTargets(&settings), personaTargets(&p))...)
	f.Settings = persona.Diff(settings, p.Voice)
	f.Sentence = fmt.Sprintf("The workspace settings differ from the default persona “%s” in %d of its %d fields.",
		p.Name, len(f.Settings), len(voiceFields))
	if missing {
		f.Sentence = fmt.Sprintf("The workspace settings are missing, "+
			"so older programs do not get the words of the default persona “%s”.", p.Name)
	}
	return f, err
}

func scanForeign(row pgx.CollectableRow) (persona.Finding, error) {
	f := persona.Finding{Rule: "own_personas"}
	var campaign string
	err := row.Scan(&f.Workspace, &f.Name, &campaign)
	f.Sentence = fmt.Sprintf("The campaign “%s” has a persona that this workspace does not have. "+
		"Give it another on the page Campaigns.", campaign)
	return f, err
}

func scanUnrecorded(row pgx.CollectableRow) (persona.Finding, error) {
	f := persona.Finding{Rule: "history"}
	var name string
	err := row.Scan(&f.Workspace, &f.Name, &name, &f.Stuck)
	f.Sentence = fmt.Sprintf("The history does not hold “%s” as it reads now.", name)
	if f.Stuck {
		f.Sentence += " It can be repaired once whoever owns the database " +
			"has put the triggers persona_number and persona_record on personas back."
	}
	return f, err
}

// Sides lists them.
func Sides() []persona.Side { return []persona.Side{persona.PersonaIsRight, persona.SettingsAreRight} }

// repaired is what Repair did. A request that is sent again is given the default
// alone.
type repaired struct {
	*persona.Persona
	Found []persona.Finding `json:"-"`
}

// Repair makes rules 1 and 2 hold in a workspace: of several defaults the one
// that settings equal stays, else the oldest; of none, the oldest persona
// becomes it; then the right side's words are copied to the other. A persona that
// the history does not hold as it reads gets a new version. It returns the default,
// nil where there is no persona, and what it found, of which it repaired what is
// Repairable; where nothing is, it changes nothing. It fails with an InvalidError
// when settings hold what no persona can.
func (db *DB) Repair(ctx context.Context, a Access, right persona.Side) (*persona.Persona, []persona.Finding, error) {
	done, err := write(ctx, db, a, access.Write, audit.WorkspaceRepaired, func(c *change) (r repaired, err error) {
		if r.Found, err = check(ctx, c, valid(a.workspace)); err != nil {
			return r, err
		}
		if slices.ContainsFunc(r.Found, persona.Finding.Repairable) {
			err = repair(ctx, c, a, right, slices.ContainsFunc(r.Found, persona.Finding.Differs))
		} else {
			c.unchanged = true
		}
		if err == nil {
			r.Persona, err = queryDefault(ctx, c, a)
		}
		return r, err
	})
	return done.Persona, done.Found, err
}

func repair(ctx context.Context, c *change, a Access, right persona.Side, differs bool) error {
	// The words are kept as a program's outside; what is written as it was becomes
	// the version that follows.
	for _, sql := range []string{
		`select keep_unrecorded($1)`,
		`update personas set is_default = is_default where workspace_id = $1`,
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
	if err != nil {
		return err
	}
	content := keep.Content
	if right == persona.SettingsAreRight && differs {
		content.Voice = settings.Voice.Clean()
		if errs := content.Check(); len(errs) > 0 {
			return &persona.InvalidError{Fields: inSettings(errs)}
		}
	}
	c.about(keep.ID)
	c.version = keep.Version
	c.details.Fields = changedFields(keep.Content, content)
	if _, err := c.Exec(ctx, `update personas set is_default = false
		where workspace_id = $1 and is_default and id <> $2`, a.workspace, keep.ID); err != nil {
		return err
	}
	if err := updatePersona(ctx, c, keep, content, true); err != nil {
		return err
	}
	return mirror(ctx, c, a)
}

// rightful returns the persona that is, or becomes, the default when several are
// or none is. There is one: without a persona no rule is broken that it repairs.
func rightful(ctx context.Context, tx pgx.Tx, a Access, settings persona.Settings) (persona.Persona, error) {
	personas, err := queryAll(ctx, tx, scanPersona, `select `+personaColumns+` from personas p
		where p.workspace_id = $1 order by p.is_default desc, p.seq`, a.workspace)
	if err != nil {
		return persona.Persona{}, err
	}
	for _, p := range personas {
		if p.IsDefault && p.Voice == settings.Voice {
			return p, nil
		}
	}
	return personas[0], nil
}
