package postgres_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

var update = flag.Bool("update", false, "write guards.tsv anew")

func TestTheGuardsWrittenDownAreThoseThatTheMigrationsMake(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	got := must(postgres.Guards(t.Context(), d.SQL))(t)
	if *update {
		if err := os.WriteFile("guards.tsv", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("guards.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("a migration changed the schema: run make guards UPDATE=1, and read the difference")
		same(t, "guards", got, string(want))
	}
}

// weakenings weaken every object of a kind: each returns a statement, and what the
// sentence about it begins with.
var weakenings = map[string]string{
	"triggers dropped": `select format('drop trigger %I on %s', tgname, tgrelid::regclass),
		format('The trigger %s on %s is missing or switched off.', tgname, tgrelid::regclass)
		from pg_trigger where not tgisinternal`,
	"triggers switched off": `select format('alter table %s disable trigger %I', tgrelid::regclass, tgname),
		format('The trigger %s on %s is missing or switched off.', tgname, tgrelid::regclass)
		from pg_trigger where not tgisinternal`,
	"triggers for replicas": `select format('alter table %s enable replica trigger %I', tgrelid::regclass, tgname),
		format('The trigger %s on %s is missing or switched off.', tgname, tgrelid::regclass)
		from pg_trigger where not tgisinternal`,
	"triggers of foreign keys switched off": `select format('alter table %s disable trigger all', conrelid::regclass),
		format('The foreign key %s on %s is switched off.', conname, conrelid::regclass)
		from pg_constraint where contype = 'f'`,
	"function bodies": `select case when prosqlbody is null then replace(pg_get_functiondef(oid), prosrc, prosrc || ' ')
			else format('create or replace function %s(%s) returns %s language sql return null::%3$s',
				oid::regproc, pg_get_function_arguments(oid), pg_get_function_result(oid)) end,
		format('The function %s(%s) is not as', oid::regproc, regexp_replace(oidvectortypes(proargtypes), 'river\.', '', 'g'))
		from pg_proc where pronamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"search paths of functions": `select format('alter function %s set search_path = pg_temp', oid::regprocedure),
		format('The function %s(', oid::regproc)
		from pg_proc where pronamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"checks, foreign keys and keys dropped": `select format('alter table %s drop constraint if exists %I cascade', conrelid::regclass, conname),
		format('The %s %s on %s is missing.', case contype when 'c' then 'check' when 'f' then 'foreign key'
			when 'p' then 'primary key' else 'unique key' end, conname, conrelid::regclass)
		from pg_constraint where contype in ('c', 'f', 'p', 'u') and connamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"checks that allow all": `select format('alter table %s drop constraint %I, add constraint %2$I check (true)', conrelid::regclass, conname),
		format('The check %s on %s is not as', conname, conrelid::regclass)
		from pg_constraint where contype = 'c' and connamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"foreign keys that cascade": `select format('alter table %s drop constraint %I; alter table %1$s add constraint %2$I %s', conrelid::regclass,
			conname, regexp_replace(pg_get_constraintdef(oid), '( ON DELETE| DEFERRABLE).*|$', ' on update cascade on delete cascade')),
		format('The foreign key %s on %s is not as', conname, conrelid::regclass)
		from pg_constraint where contype = 'f'`,
	"indexes dropped": `select format('drop index %s', i.indexrelid::regclass),
		format('The %s %s is missing.', case when indisunique then 'unique index' else 'index' end, c.relname)
		from pg_index i join pg_class c on c.oid = i.indexrelid
		where relnamespace in ('public'::regnamespace, 'river'::regnamespace)
			and not exists (select from pg_constraint where conindid = indexrelid)`,
	"indexes invalid": `select format('update pg_index set indisvalid = false where indexrelid = %s', indexrelid),
		format(' %s is not valid', coalesce((select conname || ' on ' || conrelid::regclass from pg_constraint where conindid = indexrelid
			and contype <> 'f'), relname)) from pg_index i join pg_class c on c.oid = i.indexrelid
		where relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"columns that may be null": `select format('alter table %s alter column %I drop not null', attrelid::regclass, attname),
		format('The column %s of %s is not as', attname, attrelid::regclass) from pg_attribute join pg_class c on c.oid = attrelid
		where attnum > 0 and attnotnull and attidentity = '' and relkind = 'r' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)
			and not exists (select from pg_constraint where contype = 'p' and conrelid = attrelid and attnum = any (conkey))`,
	"columns without their default": `select format('alter table %s alter column %I drop default', attrelid::regclass, attname),
		format('The column %s of %s is not as', attname, attrelid::regclass) from pg_attribute join pg_class c on c.oid = attrelid
		where atthasdef and attgenerated = '' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"columns dropped": `select format('alter table %s drop column %I cascade', attrelid::regclass, attname),
		format('The column %s of %s is missing', attname, attrelid::regclass) from pg_attribute
		where attnum > 0 and attrelid in ('scores'::regclass, 'drafts'::regclass, 'river.river_job'::regclass)`,
	"views dropped": `select format('drop view if exists %s cascade', oid::regclass), format('The view legacy.%s is missing', relname)
		from pg_class where relkind = 'v' and relnamespace = 'legacy'::regnamespace`,
	"views that hide rows": `select format('create or replace view %s with (%s) as select * from (%s) rows where random() < 2', oid::regclass,
			coalesce(array_to_string(reloptions, ','), 'security_barrier=false'), rtrim(pg_get_viewdef(oid), ';')),
		format('The view legacy.%s is not as', relname)
		from pg_class where relkind = 'v' and relnamespace = 'legacy'::regnamespace`,
	"views without their barrier": `select format('alter view %s reset (security_barrier)', oid::regclass),
		format('The view legacy.%s is not as', relname)
		from pg_class where relkind = 'v' and relnamespace = 'legacy'::regnamespace and 'security_barrier=true' = any (reloptions)`,
	"tables not logged": `select format('update pg_class set relpersistence = ''u'' where oid = %s', oid), format('The table %s is not as', oid::regclass)
		from pg_class where relkind = 'r' and relpersistence = 'p' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"tables with row security": `select format('alter table %s enable row level security', oid::regclass), format('The table %s is not as', oid::regclass)
		from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"River's tables dropped": `select format('drop table %s cascade', oid::regclass), format('The table %s is missing', oid::regclass)
		from pg_class where relkind = 'r' and relnamespace = 'river'::regnamespace`,
	"a table of ours dropped": `values ('drop table personas cascade', 'The table personas is missing'),
		('alter table workspace_settings drop column ai_tone cascade', 'The column ai_tone of workspace_settings is missing')`,
	"types with another value": `select format('alter type %s add value ''other''', oid::regtype), format('The type %s.%s is not as',
			typnamespace::regnamespace, typname) from pg_type where typtype = 'e' and typnamespace in ('legacy'::regnamespace, 'river'::regnamespace)`,
	"privileges of the server": `select format('grant all on %s to personae_server', oid::regclass),
		format('The role personae_server may TRUNCATE on %s, and needs not.', oid::regclass)
		from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"privileges of readers": `select format('grant select on %s to personae_legacy', oid::regclass),
		format('The role personae_legacy may SELECT on %s, and needs not.', oid::regclass)
		from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	"privileges of everybody": `select format('grant select (%I) on %s to public', attname, attrelid::regclass),
		format('Every role may SELECT (%s) on %s, and needs not.', attname, attrelid::regclass) from pg_attribute join pg_class c on c.oid = attrelid
		where attnum > 0 and relkind = 'r' and relnamespace = 'public'::regnamespace`,
	"what is none of ours": `values
		('create trigger other before insert on personas for each row execute function persona_number()', 'The trigger other on personas is none'),
		('create rule other as on insert to audit_events do instead nothing', 'The rule other on audit_events is none'),
		('create policy other on leads', 'The row security policy other on leads is none'),
		('create table other () inherits (personas)', 'The inheriting table other on personas is none'),
		('create function persona_text(value varchar, n int) returns boolean language sql return true', 'The function persona_text(character varying, integer) is none'),
		('create view legacy."Other" as select * from users', 'The view legacy.Other is none'),
		('alter table leads add column other int, add check (other > 0)', 'The check leads_other_check on leads is none'),
		('create unique index other_names on leads (first_name)', 'The unique index other_names is none'),
		('grant create on schema public to public', 'Every role may CREATE on schema public'),
		('grant execute on function keep_unrecorded(uuid) to personae_legacy', 'The role personae_legacy may EXECUTE on function keep_unrecorded(uuid)'),
		('grant select on personas to personae_server with grant option', 'The role personae_server may SELECT with grant option on personas'),
		('alter table campaigns owner to personae_server', 'The role personae_server owns campaigns')`,
}

func TestHealthReportsEveryGuardThatIsWeakened(t *testing.T) {
	t.Parallel()
	for what, sql := range weakenings {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			rows, err := d.SQL.Query(t.Context(), sql)
			if err != nil {
				t.Fatal(err)
			}
			type weakening struct{ Statement, Sentence string }
			all := must(pgx.CollectRows(rows, pgx.RowToStructByPos[weakening]))(t)
			if len(all) == 0 {
				t.Fatal("nothing is weakened")
			}
			for _, w := range all {
				d.Exec(t, w.Statement)
			}
			findings := must(d.Owner(t).HealthOfAll(t.Context()))(t)
			for _, w := range all {
				if !slices.ContainsFunc(findings, func(f persona.Finding) bool {
					return f.Rule == "guards" && strings.Contains(strings.ReplaceAll(f.Sentence.String(), `"`, ""),
						strings.ReplaceAll(w.Sentence, `"`, ""))
				}) {
					t.Errorf("nothing is found after: %s\n%s is not among %d findings", w.Statement, w.Sentence, len(findings))
				}
			}
		})
	}
}

func TestHealthReportsNothingThatWeakensNoGuard(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	reporting := pgx.Identifier{"reporting_" + uuid.NewString()}.Sanitize()
	d.Exec(t, `create role `+reporting)
	t.Cleanup(func() {
		if _, err := d.SQL.Exec(context.Background(), `drop owned by `+reporting+`; drop role `+reporting); err != nil {
			t.Error(err)
		}
	})
	for _, sql := range []string{
		`create extension pg_trgm`,
		`create table notes (id int primary key, words text check (words <> ''))`,
		`create function note() returns trigger language plpgsql as 'begin return new; end'`,
		`create trigger note before insert on notes for each row execute function note()`,
		`create view report as select name from personas`,
		`create index leads_other on leads (company)`,
		`alter table personas enable always trigger persona_record`,
		`alter table audit_events validate constraint audit_events_support_grant`,
		`grant all on notes to public`,
		`grant select on personas, report to ` + reporting,
		`grant usage on schema legacy to ` + reporting,
		`grant select on legacy."Client" to ` + reporting,
	} {
		d.Exec(t, sql)
	}
	same(t, "findings", must(d.HealthOfAll(t.Context()))(t), []persona.Finding(nil))
	d.Exec(t, `grant delete on audit_events to `+reporting)
	d.Exec(t, `alter role `+reporting+` superuser`)
	findings := must(d.HealthOfAll(t.Context()))(t)
	if len(findings) != 2 || !strings.Contains(findings[0].Sentence.String(), "may DELETE on audit_events") ||
		!strings.Contains(findings[1].Sentence.String(), "may do whatever the owner of the database may") {
		t.Errorf("a role that may too much: %v", findings)
	}
}

func TestHealthReportsNothingInADatabaseThatADumpRestored(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	// As pg_dump writes them: what PostgreSQL prints is read anew.
	for _, sql := range []string{
		`select format('alter table %s drop constraint %I, add constraint %2$I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
			from pg_constraint where contype in ('c', 'f') and connamespace in ('public'::regnamespace, 'river'::regnamespace)`,
		`select format('drop trigger %I on %s; %s', tgname, tgrelid::regclass, pg_get_triggerdef(oid))
			from pg_trigger where not tgisinternal`,
		`select format('drop index %s; %s', indexrelid::regclass, pg_get_indexdef(indexrelid)) from pg_index i
			join pg_class c on c.oid = indexrelid where relnamespace in ('public'::regnamespace, 'river'::regnamespace)
			and not exists (select from pg_constraint where conindid = indexrelid)`,
		`select format('create or replace view %s with (%s) as %s', oid::regclass, coalesce(array_to_string(reloptions, ','),
			'security_barrier=false'), pg_get_viewdef(oid)) from pg_class
			where relkind = 'v' and relnamespace = 'legacy'::regnamespace and reloptions is not null`,
		`select pg_get_functiondef(oid) from pg_proc where pronamespace in ('public'::regnamespace, 'river'::regnamespace)`,
	} {
		rows, err := d.SQL.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range must(pgx.CollectRows(rows, pgx.RowTo[string]))(t) {
			d.Exec(t, statement)
		}
	}
	same(t, "findings", must(d.HealthOfAll(t.Context()))(t), []persona.Finding(nil))
}

func TestHealthSaysThatOtherMigrationsMadeTheDatabase(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		`update goose_db_version set is_applied = false where version_id = (select max(version_id) from goose_db_version)`: "Run personae migrate up",
		`insert into goose_db_version (version_id, is_applied) values (99999, true)`:                                       "A newer personae",
	} {
		d := dbtest.New(t)
		d.Exec(t, change)
		d.Exec(t, `drop index personas_one_default`)
		findings := must(d.HealthOfAll(t.Context()))(t)
		if len(findings) != 1 || !strings.Contains(findings[0].Sentence.String(), want) {
			t.Errorf("%s: %v", change, findings)
		}
	}
}

func TestHealthSaysThatTriggersSleepForAReplica(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `do $$ begin execute format('alter database %I set session_replication_role = replica', current_database()); end $$`)
	later := must(postgres.Open(t.Context(), d.URL, postgres.Options{MaxConns: 4}))(t)
	defer later.Close()
	findings := must(later.HealthOfAll(t.Context()))(t)
	if len(findings) != 1 || !strings.Contains(findings[0].Sentence.String(),
		"session_replication_role is replica and not origin") {
		t.Error(findings)
	}
}
