package postgres_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestAWriteTakesTwoRoundTrips counts BEGIN with the lock, access, the event's name and what is
// there; and the change with its mirror, the event and COMMIT, between which the lock is held.
func TestAWriteTakesTwoRoundTrips(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	first, second := d.NewPersona(t, a, "First"), d.NewPersona(t, a, "Second")
	taken := func(what string, write func(n *atomic.Int64)) {
		t.Helper()
		var n atomic.Int64
		write(&n)
		same(t, "round trips of "+what, n.Load(), int64(2))
	}
	taken("making a default", func(n *atomic.Int64) {
		must(d.SetDefault(postgres.CountTrips(t.Context(), n), a, second.ID))(t)
	})
	taken("an edit of the default", func(n *atomic.Int64) {
		second = must(d.Persona(t.Context(), a, second.ID))(t)
		must(d.Edit(postgres.CountTrips(t.Context(), n), a, second.ID, second.Version,
			persona.Content{Name: "Second", Voice: persona.Voice{Goals: "x"}}, persona.KeepDefault))(t)
	})
	taken("an edit that makes a default", func(n *atomic.Int64) {
		first = must(d.Persona(t.Context(), a, first.ID))(t)
		must(d.Edit(postgres.CountTrips(t.Context(), n), a, first.ID, first.Version, persona.Content{Name: "First"},
			persona.MakeDefault))(t)
	})
	taken("a new default", func(n *atomic.Int64) {
		must(d.Create(postgres.CountTrips(t.Context(), n), a, persona.Content{Name: uuid.NewString()}, true))(t)
	})
}

// TestARefusalLeavesStatementsPrepared refuses to make a default of a persona that is not
// there, in the connection that made one before.
func TestARefusalLeavesStatementsPrepared(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "First")
	second := d.NewPersona(t, a, "Second")
	db := must(d.Noted(t.Context(), 1))(t)
	t.Cleanup(db.CloseWrites)
	must(db.SetDefault(t.Context(), a, second.ID))(t)
	at := time.Now()
	before := must(db.Prepared(t.Context(), at))(t)
	if _, err := db.SetDefault(t.Context(), a, uuid.New()); !errors.Is(err, persona.ErrNotFound) {
		t.Fatal(err)
	}
	same(t, "statements that are still prepared", must(db.Prepared(t.Context(), at))(t), before)
}
