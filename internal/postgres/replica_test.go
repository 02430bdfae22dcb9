package postgres_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestAReplicaIsReadFromWhileItIsHardlyBehind holds a standby up, lets it go on and kills it.
func TestAReplicaIsReadFromWhileItIsHardlyBehind(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	do := func(n int, sql string) {
		t.Helper()
		if err := p.exec(n, sql); err != nil {
			t.Fatal(err)
		}
	}
	do(0, `create database personae`)
	url := func(n int) string { return p.url(n, "personae") }
	first := must(postgres.Open(t.Context(), url(0), postgres.Options{MaxConns: 4}))(t)
	must(first.Migrate(t.Context()))(t)
	first.Close()
	db := must(postgres.Open(t.Context(), url(0), postgres.Options{ReadURL: url(1), MaxConns: 4}))(t)
	d := &dbtest.Database{DB: db, SQL: must(pgxpool.New(t.Context(), url(0)))(t)}
	t.Cleanup(d.SQL.Close)
	t.Cleanup(db.Close)
	a := d.Workspace(t, "Harbor")
	ada := d.NewPersona(t, a, "Ada")
	lags := postgres.MayLag(t.Context())
	rename := func(name string) {
		t.Helper()
		ada = must(d.Persona(t.Context(), a, ada.ID))(t)
		ada = must(d.Edit(t.Context(), a, ada.ID, ada.Version, persona.Content{Name: name}, persona.KeepDefault))(t).Persona
	}
	p.until("the replica is read from", db.ReplicaFresh)

	do(1, `select pg_wal_replay_pause()`)
	p.until("it is held up", func() bool {
		ok, err := p.ask(1, `select pg_get_wal_replay_pause_state() = 'paused'`)
		return err == nil && ok
	})
	user := d.User(t, access.NewUser{})
	d.Member(t, a.Workspace(), user, access.Member)
	visitor := sha256.Sum256([]byte("visitor"))
	if err := d.StartSession(t.Context(), visitor[:], user, time.Now().Add(time.Hour), "", "", ""); err != nil {
		t.Fatal(err)
	}
	since := time.Now()
	rename("Beatrice")
	old := must(d.Persona(lags, a, ada.ID))(t)
	if time.Since(since) < 700*time.Millisecond { // a busy machine is slower, and then the primary is right
		same(t, "by the replica", old.Name, "Ada")
	}
	same(t, "by the primary", must(d.Persona(t.Context(), a, ada.ID))(t).Name, "Beatrice")
	visit := must(d.Visit(lags, visitor[:], a.Workspace()))(t) // a session that the replica does not know
	same(t, "who may", visit.Access.May(access.Read), true)
	d.Exec(t, `delete from members where user_id = $1`, user)
	visit = must(d.Visit(lags, visitor[:], a.Workspace()))(t)
	same(t, "who may no longer", visit.Access.May(access.Read), false)
	p.until("it is behind", func() bool { return must(d.Persona(lags, a, ada.ID))(t).Name == "Beatrice" })
	if took := time.Since(since); took > 5*time.Second {
		t.Errorf("what is %v old was read", took)
	}
	do(1, `select pg_wal_replay_resume()`)
	p.until("it is read from again", db.ReplicaFresh)

	p.waitFor(0, "")
	p.kill(1)
	rename("Carla")
	for range 4 { // with connections that are dead
		must(d.Persona(lags, a, ada.ID))(t)
	}
	p.until("it is away", func() bool { return must(d.Persona(lags, a, ada.ID))(t).Name == "Carla" })
	p.until("which is noticed", func() bool { return !db.ReplicaFresh() })
	p.follow(1)
	p.until("it is back", db.ReplicaFresh)
}
