package postgres_test

import (
	"testing"

	"personae/internal/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
