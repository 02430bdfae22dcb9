package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// checks give, for each workspace that breaks a rule, its id, its name and how.
// $1 is a workspace, or NULL for all.
const (
	checkDefault = `select w.id, w.name, count(p.id)::int, (count(p.id) filter (where p.is_default))::int
		from workspaces w join personas p on p.workspace_id = w.id where $1::uuid is null or w.id = $1
		group by w.id having count(p.id) filter (where p.is_default) <> 1 order by w.name`
	checkMirror = `select w.id, w.name, coalesce(s.ai_persona_name, ''), coalesce(s.ai_tone, ''), coalesce(s.ai_greeting, ''), coalesce(s.ai_sms_greeting, ''),
			coalesce(s.ai_signature, ''), coalesce(s.ai_goals, ''), coalesce(s.service_description, ''), coalesce(s.ideal_customer_profile, ''), s.workspace_id is null, ` + personaColumns + `
		from workspaces w join personas p on p.workspace_id = w.id and p.is_default
		left join workspace_settings s on s.workspace_id = w.id
		where ($1::uuid is null or w.id = $1) and (s.workspace_id is null or
			(p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile) is distinct from
			(s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile))
		order by w.name`
	checkCampaigns = `select w.id, w.name, c.name from campaigns c join workspaces w on w.id = c.workspace_id
		where ($1::uuid is null or w.id = $1) and c.persona_id is not null
			and not exists (select from personas p where p.workspace_id = c.workspace_id and p.id = c.persona_id) order by w.name, c.name`
	checkHistory = `select w.id, w.name, p.name, 2 <> (select count(*) from pg_trigger where tgrelid = 'personas'::regclass
			and tgname in ('persona_number', 'persona_record') and tgenabled in ('O', 'A'))
		from personas p join workspaces w on w.id = p.workspace_id
		where ($1::uuid is null or w.id = $1) and not exists (select from persona_versions v
			where v.workspace_id = p.workspace_id and v.persona_id = p.id and v.version = p.version and not v.deleted
				and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile)
					is not distinct from
					(p.name, p.is_default, p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile))
		order by w.name, p.name`
	checkGuards = `select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger
			where not tgisinternal and tgenabled not in ('O', 'A') and tgrelid::regclass::text in ('personas', 'workspace_settings', 'audit_events',
				'persona_versions', 'workspace_settings_versions', 'workspace_revisions', 'workspaces', 'members')
		union all
		select 'unique index personas_one_default' where not exists (select from pg_index i join pg_class c on c.oid = i.indexrelid
			where c.relname = 'personas_one_default' and i.indisvalid and i.indisunique)
		order by 1`
)

// Health gives what is wrong in one workspace; nothing, when every rule holds.
func (db *DB) Health(ctx context.Context, a Access) ([]persona.Finding, error) {
	if !a.May(access.Read) {
		return nil, persona.ErrNotFound
	}
	return check(ctx, db.reads, valid(a.workspace))
}

// Rules names what a Finding may be about.
func Rules() []string { return []string{"one_default", "mirror", "own_personas", "history", "guards"} }

// HealthOfAll gives what is wrong anywhere, for whoever runs the server.
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
	queue := func(sql string, scan func(pgx.Rows) (persona.Finding, error)) {
		batch.Queue(sql, workspace).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				f, err := scan(rows)
				if err != nil {
					return err
				}
				findings = append(findings, f)
			}
			return rows.Err()
		})
	}
	queue(checkDefault, func(rows pgx.Rows) (persona.Finding, error) {
		f := persona.Finding{Rule: "one_default"}
		var personas, defaults int
		err := rows.Scan(&f.Workspace, &f.Name, &personas, &defaults)
		f.Sentence = fmt.Sprintf("Of its %d personas, %d are the default; it must be exactly one.", personas, defaults)
		return f, err
	})
	queue(checkMirror, func(rows pgx.Rows) (persona.Finding, error) {
		f := persona.Finding{Rule: "mirror"}
		var settings persona.Voice
		var p persona.Persona
		var missing bool
		err := rows.Scan(&f.Workspace, &f.Name, &settings.DisplayName, &settings.Tone, &settings.Greeting, &settings.SMSGreeting, &settings.Signature,
			&settings.Goals, &settings.ServiceDescription, &settings.IdealCustomerProfile, &missing,
			&p.ID, &p.WorkspaceID, &p.Name, &p.DisplayName, &p.Tone, &p.Greeting, &p.SMSGreeting, &p.Signature, &p.Goals,
			&p.ServiceDescription, &p.IdealCustomerProfile, &p.IsDefault, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.CreatedBy, &p.Campaigns)
		f.Settings = persona.Diff(settings, p.Voice)
		f.Sentence = fmt.Sprintf("The workspace settings differ from the default persona “%s” in %d of its 8 fields.", p.Name, len(f.Settings))
		if missing {
			f.Sentence = fmt.Sprintf("The workspace settings are missing, so older programs do not get the words of the default persona “%s”.", p.Name)
		}
		return f, err
	})
	queue(checkCampaigns, func(rows pgx.Rows) (persona.Finding, error) {
		f := persona.Finding{Rule: "own_personas"}
		var campaign string
		err := rows.Scan(&f.Workspace, &f.Name, &campaign)
		f.Sentence = fmt.Sprintf("The campaign “%s” has a persona that this workspace does not have. Give it another on the page Campaigns.", campaign)
		return f, err
	})
	queue(checkHistory, func(rows pgx.Rows) (persona.Finding, error) {
		f := persona.Finding{Rule: "history"}
		var name string
		err := rows.Scan(&f.Workspace, &f.Name, &name, &f.Stuck)
		f.Sentence = fmt.Sprintf("The history does not hold “%s” as it reads now.", name)
		if f.Stuck {
			f.Sentence += " It can be repaired once whoever owns the database has put the triggers persona_number and persona_record on personas back."
		}
		return f, err
	})
	batch.Queue(checkGuards).Query(func(rows pgx.Rows) error {
		off, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, guard := range off {
			findings = append(findings, persona.Finding{Rule: "guards", Sentence: "The database does not guard its rules: the " + guard + " is missing or switched off. Whoever owns the database has to put it back."})
		}
		return err
	})
	err := explain(in.SendBatch(ctx, batch).Close())
	return findings, err
}

// Sides lists them.
func Sides() []persona.Side { return []persona.Side{persona.PersonaIsRight, persona.SettingsAreRight} }

// Repair makes rules 1 and 2 hold in a workspace: of several defaults the one
// that settings equal stays, else the oldest; of none, the oldest persona
// becomes it; then the right side's words are copied to the other. A persona that
// the history does not hold as it reads gets a new version. It gives the default,
// nil where there is no persona, and what it found, of which it mended what is
// Repairable; where nothing is, it changes nothing. It fails with an InvalidError
// when settings hold what no persona can.
func (db *DB) Repair(ctx context.Context, a Access, right persona.Side) (now *persona.Persona, found []persona.Finding, err error) {
	e := &event{action: audit.WorkspaceRepaired, result: &now}
	err = db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		now = nil
		if found, err = check(ctx, tx, valid(a.workspace)); err != nil {
			return err
		}
		if !slices.ContainsFunc(found, persona.Finding.Repairable) {
			if now, err = queryDefault(ctx, tx, a); err != nil {
				return err
			}
			return errNothingToWrite
		}
		if _, err := tx.Exec(ctx, `select keep_unrecorded($1)`, a.workspace); err != nil {
			return err
		}
		// The words are kept as a program's outside; what is written as it was becomes
		// the version that follows.
		if _, err := tx.Exec(ctx, `update personas set is_default = is_default where workspace_id = $1`, a.workspace); err != nil {
			return err
		}
		settings, err := settingsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+personaColumns+` from personas p where p.workspace_id = $1 order by p.is_default desc, p.seq`, a.workspace)
		if err != nil {
			return err
		}
		personas, err := pgx.CollectRows(rows, scanPersona)
		if err != nil {
			return err
		}
		keep := personas[0] // without one, neither rule is broken
		for _, p := range personas {
			if p.IsDefault && p.Voice == settings.Voice {
				keep = p
				break
			}
		}
		content := keep.Content
		if right == persona.SettingsAreRight && slices.ContainsFunc(found, persona.Finding.Differs) {
			content.Voice = settings.Voice.Clean()
			if errs := content.Check(); len(errs) > 0 {
				return &persona.InvalidError{Fields: inSettings(errs)}
			}
		}
		e.about(keep.ID)
		e.version = keep.Version
		e.details.Fields = changedFields(keep.Content, content)
		if _, err := tx.Exec(ctx, `update personas set is_default = false where workspace_id = $1 and is_default and id <> $2`, a.workspace, keep.ID); err != nil {
			return err
		}
		if err := updatePersona(ctx, tx, keep, content, true); err != nil {
			return err
		}
		if err := mirror(ctx, tx, a); err != nil {
			return err
		}
		now, err = queryDefault(ctx, tx, a)
		return err
	})
	return now, found, err
}
