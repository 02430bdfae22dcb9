package postgres

import (
	"maps"
	"slices"
)

// PrivilegedTables lists the tables of which privileges speaks.
func PrivilegedTables() []string { return slices.Sorted(maps.Keys(privileges())) }
