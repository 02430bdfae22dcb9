package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// AddRoles makes the roles that pg_dumpall --roles-only wrote down, a statement a line.
// Those that are there get what it says of them.
func (db *DB) AddRoles(ctx context.Context, dump string) error {
	for line := range strings.Lines(dump) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--") || strings.HasPrefix(line, `\`) {
			continue
		}
		_, err := db.writes.Exec(ctx, line, pgx.QueryExecModeSimpleProtocol)
		if code, _ := sqlState(err); err != nil && code != "42710" {
			// Without the statement, which may hold a password.
			return fmt.Errorf("a role cannot be made (SQLSTATE %s)", code)
		}
	}
	return nil
}

// CountRows returns how many rows each table has, River's too.
func (db *DB) CountRows(ctx context.Context) (map[string]int, error) {
	rows, _ := db.writes.Query(ctx, `select format('%I.%I', schemaname, tablename) from pg_tables
		where schemaname !~ '^pg_' and schemaname <> 'information_schema'`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(tables))
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
			return err
		}
		for _, table := range tables {
			var n int
			if err := tx.QueryRow(ctx, `select count(*) from `+table).Scan(&n); err != nil {
				return err
			}
			counts[table] = n
		}
		return nil
	})
	return counts, err
}
