package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

const settingsColumns = `coalesce(ai_persona_name, ''), coalesce(ai_tone, ''), coalesce(ai_greeting, ''), coalesce(ai_sms_greeting, ''),
	coalesce(ai_signature, ''), coalesce(ai_goals, ''), coalesce(service_description, ''), coalesce(ideal_customer_profile, ''),
	coalesce(company_name, ''), coalesce(qualification_questions, ''), version`

const selectSettings = `select ` + settingsColumns + ` from workspace_settings where workspace_id = $1`

func scanSettings(row pgx.CollectableRow) (persona.Settings, error) {
	var s persona.Settings
	err := row.Scan(&s.DisplayName, &s.Tone, &s.Greeting, &s.SMSGreeting, &s.Signature, &s.Goals, &s.ServiceDescription,
		&s.IdealCustomerProfile, &s.CompanyName, &s.QualificationQuestions, &s.Version)
	return s, err
}

// collectSettings gives empty settings where a workspace has no row.
func collectSettings(rows pgx.Rows) (persona.Settings, error) {
	list, err := pgx.CollectRows(rows, scanSettings)
	if err != nil || len(list) == 0 {
		return persona.Settings{}, err
	}
	return list[0], nil
}

func settingsOf(ctx context.Context, tx pgx.Tx, a Access) (persona.Settings, error) {
	var s persona.Settings
	batch := &pgx.Batch{}
	queueSettings(batch, a.workspace, &s)
	return s, tx.SendBatch(ctx, batch).Close()
}

func queueSettings(batch *pgx.Batch, workspace uuid.UUID, into *persona.Settings) {
	batch.Queue(selectSettings, workspace).Query(func(rows pgx.Rows) (err error) {
		*into, err = collectSettings(rows)
		return err
	})
}

// queueVoice reads the eight fields of the settings.
func queueVoice(batch *pgx.Batch, workspace uuid.UUID, into *persona.Voice) {
	batch.Queue(selectSettings, workspace).Query(func(rows pgx.Rows) error {
		s, err := collectSettings(rows)
		*into = s.Voice
		return err
	})
}

// Settings gives the settings and the default persona that speaks through
// them, nil where there is none.
func (db *DB) Settings(ctx context.Context, a Access) (persona.Settings, *persona.Persona, error) {
	var s persona.Settings
	var speaker *persona.Persona
	batch := &pgx.Batch{}
	queueSettings(batch, a.workspace, &s)
	queueDefault(batch, a.workspace, &speaker)
	return s, speaker, db.readAll(ctx, a, batch)
}

// SaveSettings changes settings that were read at yours.Version. While a
// default persona exists its eight fields are left alone. It gives the fields
// that changed. It fails with an InvalidError, or with a StaleSettingsError
// when what it would overwrite changed meanwhile.
func (db *DB) SaveSettings(ctx context.Context, a Access, yours persona.Settings, withVoice bool) ([]string, error) {
	yours = yours.Clean()
	var errs []persona.FieldError
	if withVoice {
		errs = inSettings(yours.Check())
	}
	errs = persona.CheckText(errs, "company_name", "Company name", yours.CompanyName, persona.CompanyNameLimit, true)
	errs = persona.CheckText(errs, "qualification_questions", "Qualification questions", yours.QualificationQuestions, persona.QualificationQuestionsLimit, false)
	if len(errs) > 0 {
		return nil, &persona.InvalidError{Fields: errs}
	}
	var changed []string
	e := &event{action: audit.SettingsEdited}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		theirs, err := settingsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		original := theirs
		if theirs.Version != yours.Version {
			if original, err = settingsAt(ctx, tx, a, yours.Version); err != nil {
				return err
			}
		}
		mirrored, err := hasPersona(ctx, tx, a)
		if err != nil {
			return err
		}
		stale := original.CompanyName != theirs.CompanyName || original.QualificationQuestions != theirs.QualificationQuestions
		switch {
		case !withVoice:
			// The mirror may have moved on; this form neither showed it to be
			// edited nor writes it.
			yours.Voice = theirs.Voice
		case mirrored:
			// The form is from before the first persona. Its words must not
			// vanish in silence.
			stale = stale || yours.Voice != theirs.Voice
		default:
			stale = stale || original.Voice != theirs.Voice
		}
		if stale {
			return &persona.StaleSettingsError{Original: original, Theirs: theirs, Yours: yours}
		}
		changed = changedSettings(theirs, yours)
		e.details.Fields = changed
		return upsertSettings(ctx, tx, a, yours)
	})
	return changed, err
}

func upsertSettings(ctx context.Context, tx pgx.Tx, a Access, s persona.Settings) error {
	_, err := tx.Exec(ctx, upsertSettingsSQL, settingsArguments(a.workspace, s)...)
	return err
}

const upsertSettingsSQL = `
	insert into workspace_settings (workspace_id, ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals,
		service_description, ideal_customer_profile, company_name, qualification_questions)
	values ($1, nullif($2, ''), nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), nullif($8, ''),
		nullif($9, ''), nullif($10, ''), nullif($11, ''))
	on conflict (workspace_id) do update set
		(ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals, service_description, ideal_customer_profile,
			company_name, qualification_questions)
		= (excluded.ai_persona_name, excluded.ai_tone, excluded.ai_greeting, excluded.ai_sms_greeting, excluded.ai_signature,
			excluded.ai_goals, excluded.service_description, excluded.ideal_customer_profile, excluded.company_name,
			excluded.qualification_questions)`

func settingsArguments(workspace uuid.UUID, s persona.Settings) []any {
	return []any{workspace, s.DisplayName, s.Tone, s.Greeting, s.SMSGreeting, s.Signature, s.Goals, s.ServiceDescription,
		s.IdealCustomerProfile, s.CompanyName, s.QualificationQuestions}
}

// mirror copies the default persona's eight fields into workspace settings. It
// reads the default under the workspace's lock, as the database has it now.
func mirror(ctx context.Context, tx pgx.Tx, a Access) error {
	batch := &pgx.Batch{}
	queueMirror(batch, a)
	return tx.SendBatch(ctx, batch).Close()
}

func queueMirror(batch *pgx.Batch, a Access) {
	batch.Queue(mirrorDefault, a.workspace).Exec(changesOne)
}

const mirrorDefault = `
	insert into workspace_settings as s (workspace_id, ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals,
		service_description, ideal_customer_profile)
	select workspace_id, display_name, tone, greeting, sms_greeting, signature, goals, service_description, ideal_customer_profile
	from personas where workspace_id = $1 and is_default
	on conflict (workspace_id) do update set
		(ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals, service_description, ideal_customer_profile)
		= (excluded.ai_persona_name, excluded.ai_tone, excluded.ai_greeting, excluded.ai_sms_greeting, excluded.ai_signature,
			excluded.ai_goals, excluded.service_description, excluded.ideal_customer_profile)`

// SettingsAt gives the eight fields that the settings held at a version and hold
// now, and whether there is no persona. It fails with persona.ErrNotFound where
// there was no such version.
func (db *DB) SettingsAt(ctx context.Context, a Access, version int) (was, now persona.Voice, first bool, err error) {
	var led *persona.Persona
	batch := &pgx.Batch{}
	batch.Queue(`select `+settingsColumns+` from workspace_settings_versions where workspace_id = $1 and version = $2`, a.workspace, version).
		Query(func(rows pgx.Rows) error {
			s, err := pgx.CollectExactlyOneRow(rows, scanSettings)
			was = s.Voice
			return err
		})
	queueVoice(batch, a.workspace, &now)
	queueDefault(batch, a.workspace, &led)
	err = db.readAll(ctx, a, batch)
	return was, now, led == nil, err
}

func settingsAt(ctx context.Context, tx pgx.Tx, a Access, version int) (persona.Settings, error) {
	rows, err := tx.Query(ctx, `select `+settingsColumns+` from workspace_settings_versions where workspace_id = $1 and version = $2`, a.workspace, version)
	if err != nil {
		return persona.Settings{}, err
	}
	return collectSettings(rows)
}

func changedSettings(before, after persona.Settings) []string {
	var names []string
	for _, change := range persona.Diff(before.Voice, after.Voice) {
		names = append(names, change.Setting)
	}
	if before.CompanyName != after.CompanyName {
		names = append(names, "company_name")
	}
	if before.QualificationQuestions != after.QualificationQuestions {
		names = append(names, "qualification_questions")
	}
	return names
}

// inSettings gives errors of a voice under the names of the settings columns.
func inSettings(errs []persona.FieldError) []persona.FieldError {
	columns := map[string]string{}
	for _, f := range persona.Fields() {
		columns[f.Name] = f.Setting
	}
	renamed := make([]persona.FieldError, len(errs))
	for i, e := range errs {
		renamed[i] = persona.FieldError{Field: columns[e.Field], Message: e.Message}
	}
	return renamed
}
