package postgres_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/testing/dbtest"
)

// TestEveryTableHasARuleOfHowLongItsRowsAreKept compares the tables of the database with
// those of the table in docs/operating.md.
func TestEveryTableHasARuleOfHowLongItsRowsAreKept(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	rows, err := d.SQL.Query(t.Context(), `select case nspname when 'public' then '' else nspname || '.' end || relname
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where relkind in ('r', 'p') and nspname !~ '^pg_|^information_schema$'`)
	if err != nil {
		t.Fatal(err)
	}
	tables := must(pgx.CollectRows(rows, pgx.RowTo[string]))(t)
	_, section, found := strings.Cut(string(must(os.ReadFile("../../docs/operating.md"))(t)), "\n## What is kept, and how long\n")
	if !found {
		t.Fatal("docs/operating.md has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for _, row := range regexp.MustCompile(`(?m)^\| (`+"`"+`[^|]+) \|`).FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Split(row[1], ", ") {
			told = append(told, strings.Trim(name, "`"))
		}
	}
	slices.Sort(tables)
	slices.Sort(told)
	same(t, "tables with a rule", told, tables)
}

func TestWhatIsOverIsRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	user := d.User(t, access.NewUser{Name: "Ada Morgan"})
	// Of each table a row that was over a minute ago and one that is over in a minute: its
	// time and that of the other are $3.
	insert := map[string]string{
		"account_events":   `(user_id, kind, tried, agent, at) select $2, 'a.b', false, '', $3 - interval '90 days' where $1::uuid is not null`,
		"idempotency_keys": `(workspace_id, sender_id, key_hash, request_hash, result, created_at) values ($1, $2, sha256($3::text::bytea), sha256(''), '{}', $3 - interval '1 day')`,
		"invitations": `(workspace_id, email, role, token_hash, invited_by, expires_at)
			values ($1, 'b@example.com', 'member', sha256($3::text::bytea), $2, $3 - interval '90 days')`,
		"kept_forms":       `(token_hash, owner, value, expires_at) select sha256($3::text::bytea), '', '', $3 where ($1::uuid, $2::uuid) is not null`,
		"model_turns":      `(workspace_id, sender_id, ends_at) values ($1, $2, $3)`,
		"password_resets":  `(token_hash, user_id, expires_at) select sha256($3::text::bytea), $2, $3 where $1::uuid is not null`,
		"sessions":         `(id_hash, user_id, expires_at) select sha256($3::text::bytea), $2, $3 where $1::uuid is not null`,
		"sign_in_failures": `(bucket, at) select sha256('x'), $3 - interval '15 minutes' where ($1::uuid, $2::uuid) is not null`,
		"sign_in_steps":    `(token_hash, user_id, next, kept, expires_at) select sha256($3::text::bytea), $2, '', '', $3 where $1::uuid is not null`,
		"support_requests": `(workspace_id, user_id, scope, hours, reason, created_at) values ($1, $2, 'full', 1, 'x', $3 - interval '97 days')`,
	}
	was := map[string]int{}
	for table, values := range insert {
		was[table] = d.Count(t, `select count(*) from `+table)
		for _, minutes := range []int{-1, 1} {
			d.Exec(t, `insert into `+table+strings.ReplaceAll(values, "$3", "(now() + make_interval(mins => $3))"), a.Workspace(), user, minutes)
		}
	}
	same(t, "removed", must(d.Tidy(t.Context()))(t), int64(len(insert)))
	for table := range insert {
		same(t, table, d.Count(t, `select count(*) from `+table), was[table]+1)
	}
	// More than a batch, and a row that somebody holds.
	d.Exec(t, `insert into sign_in_failures (bucket, at) select sha256('y'), now() - interval '1 day' from generate_series(1, 1999)`)
	d.Exec(t, `update password_resets set expires_at = now() - interval '1 day'`)
	holder := must(d.SQL.Begin(t.Context()))(t)
	defer func() { _ = holder.Rollback(context.Background()) }()
	must(holder.Exec(t.Context(), `select from password_resets for update`))(t)
	same(t, "removed beside a lock", must(d.Tidy(t.Context()))(t), int64(1999))
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "removed after it", must(d.Tidy(t.Context()))(t), int64(1))
	d.Healthy(t)
}
