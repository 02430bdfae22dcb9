package postgres

import "github.com/jackc/pgx/v5/pgxpool"

// Pool is how one of the connection pools does.
type Pool struct {
	Name string // "read" or "write"
	*pgxpool.Stat
}

// Pools tells how the connection pools do.
func (db *DB) Pools() []Pool {
	return []Pool{{"read", db.reads.Stat()}, {"write", db.writes.Stat()}}
}
