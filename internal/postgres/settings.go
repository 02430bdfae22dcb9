package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

var (
	selectSettings = `select ` + settingsWords("s") + `, s.version from workspace_settings s
		where s.workspace_id = $1`
	selectSettingsAt = `select ` + settingsWords("s") + `, s.version from workspace_settings_versions s
		where s.workspace_id = $1 and s.version = $2`
	selectVoice = `select ` + mirrorColumns.words("s") + ` from workspace_settings s where s.workspace_id = $1`
)

func scanSettings(row pgx.CollectableRow) (persona.Settings, error) {
	var s persona.Settings
	err := row.Scan(append(settingsTargets(&s), &s.Version)...)
	return s, err
}

func scanVoice(row pgx.CollectableRow) (persona.Voice, error) {
	var v persona.Voice
	err := row.Scan(voiceTargets(&v)...)
	return v, err
}

func settingsOf(ctx context.Context, tx pgx.Tx, a Access) (persona.Settings, error) {
	var s persona.Settings
	batch := &pgx.Batch{}
	queueSettings(batch, a.workspace, &s)
	return s, tx.SendBatch(ctx, batch).Close()
}

// queueSettings reads the settings, and leaves into as it is where a workspace
// has no row.
func queueSettings(batch *pgx.Batch, workspace uuid.UUID, into *persona.Settings) {
	collectAny(batch.Queue(selectSettings, workspace), into, scanSettings)
}

// queueVoice reads the eight fields of the settings likewise.
func queueVoice(batch *pgx.Batch, workspace uuid.UUID, into *persona.Voice) {
	collectAny(batch.Queue(selectVoice, workspace), into, scanVoice)
}

// Settings returns the settings and the default persona that speaks through
// them, nil where there is none.
func (db *DB) Settings(ctx context.Context, a Access) (persona.Settings, *persona.Persona, error) {
	s, err := ask(ctx, db, a, settingsQuestion{})
	return s.Settings, s.speaker, err
}

// SettingsAhead is what Settings returns.
func SettingsAhead() Ahead { return readingOf(settingsQuestion{}) }

type settingsQuestion struct{}

// spokenSettings are settings with the default persona that speaks through them.
type spokenSettings struct {
	persona.Settings
	speaker *persona.Persona
}

func (settingsQuestion) queue(batch *pgx.Batch, workspace uuid.UUID, into *spokenSettings) {
	queueSettings(batch, workspace, &into.Settings)
	queueDefaultAlone(batch, workspace, &into.speaker)
}

// SaveSettings changes settings that were read at yours.Version. While a
// default persona exists its eight fields are left alone. It returns the fields
// that changed. It fails with an InvalidError, or with a StaleSettingsError
// when what it would overwrite changed meanwhile.
func (db *DB) SaveSettings(ctx context.Context, a Access, yours persona.Settings, withVoice bool) ([]string, error) {
	yours = yours.Clean()
	var errs []persona.FieldError
	if withVoice {
		errs = persona.InSettings(yours.Check())
	}
	errs = append(errs, yours.CheckRest()...)
	if len(errs) > 0 {
		return nil, &persona.InvalidError{Fields: errs}
	}
	return write(ctx, db, a, access.Write, audit.SettingsEdited, func(c *change) ([]string, error) {
		theirs, err := settingsOf(ctx, c, a)
		if err != nil {
			return nil, err
		}
		next, err := settingsAfter(ctx, c, a, theirs, yours, withVoice)
		if err != nil {
			return nil, err
		}
		c.details.Fields = changedSettings(theirs, next)
		return c.details.Fields, upsertSettings(ctx, c, a, next)
	})
}

// settingsAfter returns what the settings become when yours is saved over theirs,
// or a StaleSettingsError.
func settingsAfter(
	ctx context.Context, tx pgx.Tx, a Access, theirs, yours persona.Settings, withVoice bool,
) (persona.Settings, error) {
	var err error
	original := theirs
	if theirs.Version != yours.Version {
		if original, err = settingsAt(ctx, tx, a, yours.Version); err != nil {
			return persona.Settings{}, err
		}
	}
	mirrored, err := hasPersona(ctx, tx, a)
	if err != nil {
		return persona.Settings{}, err
	}
	stale := original.CompanyName != theirs.CompanyName || original.DraftsOff != theirs.DraftsOff ||
		original.QualificationQuestions != theirs.QualificationQuestions || original.ForgetAfter != theirs.ForgetAfter
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
		return persona.Settings{}, &persona.StaleSettingsError{Original: original, Theirs: theirs, Yours: yours}
	}
	return yours, nil
}

func upsertSettings(ctx context.Context, tx pgx.Tx, a Access, s persona.Settings) error {
	_, err := tx.Exec(ctx, upsertSettingsSQL, settingsArguments(a.workspace, s)...)
	return err
}

var upsertSettingsSQL = `
	insert into workspace_settings (workspace_id, drafts_off, forget_leads_after_months, ` + settingsColumns.list() + `)
	values ($1, $2, nullif($3::integer, 0), ` + settingsColumns.parameters(4) + `)
	on conflict (workspace_id) do update set (drafts_off, forget_leads_after_months, ` + settingsColumns.list() + `)
		= (excluded.drafts_off, excluded.forget_leads_after_months, ` + settingsColumns.of("excluded") + `)`

// mirror copies the default persona's eight fields into workspace settings. It
// reads the default under the workspace's lock, as the database has it now.
func mirror(ctx context.Context, tx pgx.Tx, a Access) error {
	batch := &pgx.Batch{}
	queueMirror(batch, a)
	return tx.SendBatch(ctx, batch).Close()
}

func queueMirror(batch *pgx.Batch, a Access) {
	batch.Queue(mirrorDefault, a.workspace)
}

var mirrorDefault = one(`
	insert into workspace_settings (workspace_id, ` + mirrorColumns.list() + `)
	select workspace_id, ` + voiceColumns.list() + ` from personas where workspace_id = $1 and is_default
	on conflict (workspace_id) do update set (` + mirrorColumns.list() + `) = (` + mirrorColumns.of("excluded") + `)`)

// SettingsAt returns the eight fields that the settings held at a version and hold
// now, and whether there is no persona. It fails with persona.ErrNotFound where
// there was no such version.
func (db *DB) SettingsAt(ctx context.Context, a Access, version int) (was, now persona.Voice, first bool, err error) {
	var then persona.Settings
	var speaker *persona.Persona
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectSettingsAt, a.workspace, version), &then, scanSettings)
	queueVoice(batch, a.workspace, &now)
	queueDefaultAlone(batch, a.workspace, &speaker)
	err = db.readAll(ctx, a, batch)
	return then.Voice, now, speaker == nil, err
}

// settingsAt returns the settings at a version; empty ones where there was no such
// version.
func settingsAt(ctx context.Context, tx pgx.Tx, a Access, version int) (persona.Settings, error) {
	found, err := queryFirst(ctx, tx, scanSettings, selectSettingsAt, a.workspace, version)
	if found == nil {
		return persona.Settings{}, err
	}
	return *found, nil
}

// changedSettings returns the columns in which two settings differ.
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
	if before.DraftsOff != after.DraftsOff {
		names = append(names, "draft_generation_enabled")
	}
	if before.ForgetAfter != after.ForgetAfter {
		names = append(names, "forget_leads_after_months")
	}
	return names
}
