package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

// TestPlainSQLCannotBreakARule runs, as another program would, statements that
// must be refused at commit at the latest and change nothing.
func TestPlainSQLCannotBreakARule(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"second default":                    `update personas set is_default = true where workspace_id = $1`,
		"no default":                        `update personas set is_default = false where workspace_id = $1`,
		"default deleted, others stay":      `delete from personas where workspace_id = $1 and is_default`,
		"default moved, no mirror":          `do 'begin update personas set is_default = false where name = ''Default''; update personas set is_default = true where name = ''Other''; end'`,
		"default edited, no mirror":         `update personas set ideal_customer_profile = 'x' where workspace_id = $1 and is_default`,
		"settings drift":                    `update workspace_settings set ai_tone = 'x' where workspace_id = $1`,
		"settings emptied":                  `update workspace_settings set ai_greeting = '' where workspace_id = $1`,
		"settings deleted":                  `delete from workspace_settings where workspace_id = $1`,
		"first persona not the default":     `insert into personas (workspace_id, name) select id, 'x' from workspaces where name = 'Empty' and $1::uuid is not null`,
		"first persona, no mirror":          `insert into personas (workspace_id, name, is_default) select id, 'x', true from workspaces where name = 'Empty' and $1::uuid is not null`,
		"name of another, in capitals":      `insert into personas (workspace_id, name) values ($1, 'OTHER')`,
		"blank name":                        `update personas set name = ' ' where workspace_id = $1`,
		"long name":                         `update personas set name = repeat('x', 81) where workspace_id = $1 and not is_default`,
		"long greeting":                     `update personas set greeting = repeat('x', 501) where workspace_id = $1 and not is_default`,
		"untrimmed greeting":                `update personas set greeting = ' x' where workspace_id = $1 and not is_default`,
		"empty greeting":                    `update personas set greeting = '' where workspace_id = $1 and not is_default`,
		"carriage return":                   `update personas set greeting = E'a\r\nb' where workspace_id = $1 and not is_default`,
		"control character":                 `update personas set greeting = E'a\u0085b' where workspace_id = $1 and not is_default`,
		"persona moved away":                `update personas set workspace_id = (select id from workspaces where name = 'Empty') where workspace_id = $1 and not is_default`,
		"settings moved away":               `update workspace_settings set workspace_id = (select id from workspaces where name = 'Empty') where workspace_id = $1`,
		"personas truncated":                `truncate personas cascade`,
		"settings truncated":                `truncate workspace_settings`,
		"event changed":                     `update audit_events set action = 'x' where workspace_id = $1`,
		"event deleted":                     `delete from audit_events where workspace_id = $1`,
		"history changed":                   `update persona_versions set greeting = 'x' where workspace_id = $1`,
		"history deleted":                   `delete from workspace_settings_versions where workspace_id = $1`,
		"revision deleted":                  `delete from workspace_revisions where workspace_id = $1`,
		"workspace deleted":                 `delete from workspaces where id = $1`,
		"campaign with foreign persona":     `update campaigns set persona_id = (select p.id from personas p where p.workspace_id <> $1) where workspace_id = $1`,
		"version claimed for no event":      `with c as (select set_config('personae.event', gen_random_uuid()::text, true)) update personas set goals = 'x' from c where workspace_id = $1 and not is_default`,
		"version set by hand to an old one": `insert into persona_versions (workspace_id, persona_id, version, name, is_default) select workspace_id, id, version, 'x', false from personas where workspace_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			d.Workspace(t, "Empty")
			d.NewPersona(t, d.Workspace(t, "Cedar"), "Foreign")
			d.NewPersona(t, a, "Default")
			d.NewPersona(t, a, "Other")
			d.NewCampaign(t, a, "Spring")
			before := d.Snapshot(t)
			for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
				err := pgx.BeginTxFunc(t.Context(), d.SQL, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
					var args []any
					if strings.Contains(sql, "$1") {
						args = append(args, a.Workspace())
					}
					_, err := tx.Exec(t.Context(), sql, args...)
					return err
				})
				if err == nil {
					t.Errorf("%s: it was done", level)
				}
			}
			same(t, "tables", d.Snapshot(t), before)
		})
	}
}

func TestPlainSQLMayDoWhatKeepsTheRules(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	d.NewPersona(t, a, "Other")
	err := pgx.BeginFunc(t.Context(), d.SQL, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`update personas set is_default = false where is_default`,
			`update personas set is_default = true, greeting = 'From SQL' where name = 'Other'`,
			`update workspace_settings set ai_greeting = 'From SQL'`,
		} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "default", defaultName(t, d, a.Workspace()), "Other")
	same(t, "broken", d.Broken(t), []string{})
	same(t, "versions that plain SQL made are kept", d.Count(t,
		`select count(*) from persona_versions where event_id is null`), 2)
	d.Exec(t, `update workspace_settings set company_name = 'Harbor'`)
}

func TestReadsCannotWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	before := d.Snapshot(t)
	must(d.PersonasPage(t.Context(), a, "def", 1))(t)
	must(d.Persona(t.Context(), a, p.ID))(t)
	must(d.Deletion(t.Context(), a, p.ID, persona.SuccessorFilter{Page: 1}))(t)
	if _, _, err := d.Settings(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := d.Campaigns(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	same(t, "tables", d.Snapshot(t), before)
}
