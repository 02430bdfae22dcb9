package postgres

import (
	"context"
	"maps"
	"slices"
)

// PrivilegedTables lists the tables of which privileges speaks.
func PrivilegedTables() []string { return slices.Sorted(maps.Keys(privileges())) }

// GrantRole is GrantReaders for another role.
func (db *DB) GrantRole(ctx context.Context, role string) (bool, error) {
	return db.grantReaders(ctx, role)
}

// What is looked up among many rows, for the test of how.
const (
	SelectRecentMessages = selectRecentMessages
	CountFailed          = countFailed
)
