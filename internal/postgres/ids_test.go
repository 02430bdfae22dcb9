package postgres_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/testing/dbtest"
)

// TestIDsAreReadAsTheyStand reads ids, and none, in both forms that PostgreSQL sends them in.
func TestIDsAreReadAsTheyStand(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	want := uuid.New()
	for name, mode := range map[string]pgx.QueryExecMode{
		"binary": pgx.QueryExecModeCacheStatement, "text": pgx.QueryExecModeSimpleProtocol,
	} {
		got, left := uuid.Nil, want
		some, none, list := uuid.NullUUID{}, uuid.NullUUID{UUID: want, Valid: true}, []uuid.UUID{}
		err := d.ReadRow(t.Context(), `select $1::uuid, null::uuid, $1::uuid, null::uuid, array[$1::uuid]`, mode, want).
			Scan(&got, &left, &some, &none, &list)
		if err != nil || got != want || left != want || !some.Valid || some.UUID != want || none != (uuid.NullUUID{}) ||
			len(list) != 1 || list[0] != want {
			t.Errorf("%s: %v, %v, %v, %v, %v, %v", name, err, got, left, some, none, list)
		}
	}
}
