package postgres_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// program returns the access of a program with a token that may write.
func program(t *testing.T, d *dbtest.Database, a postgres.Access) postgres.Access {
	t.Helper()
	hash := sha256.Sum256([]byte(uuid.NewString()))
	if _, err := d.CreateToken(t.Context(), a, access.NewToken{Name: "Program", Scope: "write", Days: 30,
		Hash: hash[:]}); err != nil {
		t.Fatal(err)
	}
	access, err := d.VisitToken(t.Context(), hash[:], a.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	return access
}

// once names a request.
func once(key, request string) *postgres.IdempotentRequest {
	k, r := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(request))
	return &postgres.IdempotentRequest{KeyHash: k[:], RequestHash: r[:]}
}

// TestARequestSentAgainAfterABrokenCommitIsDoneOnce breaks the connection in
// each phase of COMMIT while the program goes away, as when the server dies.
// The program knows nothing and sends its request again.
func TestARequestSentAgainAfterABrokenCommitIsDoneOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := program(t, d, d.Workspace(t, "Harbor"))
	c, db := cutterFor(t, d)
	for range 10 {
		for _, where := range []cut{cutBefore, cutAfter, cutInAnswer} {
			ctx, cancel := context.WithCancel(t.Context())
			c.onCut = cancel
			c.armed.Store(int32(where))
			name := uuid.NewString()
			first, firstErr := db.Create(ctx, a.Idempotent(once(name, name)), persona.Content{Name: name}, false)
			cancel()
			done := d.Count(t, `select count(*) from personas where name = $1`, name)
			again := once(name, name)
			second, err := db.Create(t.Context(), a.Idempotent(again), persona.Content{Name: name}, false)
			if err != nil {
				t.Fatalf("cut %d: %v", where, err)
			}
			same(t, "done before", again.Replayed(), done == 1)
			same(t, "personas", d.Count(t, `select count(*) from personas where name = $1`, name), 1)
			same(t, "the one that it was given", d.Count(t, `select count(*) from personas where name = $1 and id = $2`, name,
				second.Persona.ID), 1)
			if firstErr == nil {
				same(t, "given twice", second.Persona.ID, first.Persona.ID)
			}
		}
	}
	same(t, "cuts", int(c.cuts.Load()), 30)
	same(t, "keys", d.Count(t, `select count(*) from idempotency_keys`), 30)
}

// TestManyAtOnceWithOneKeyDoItOnce has the keyed writes race each other.
func TestManyAtOnceWithOneKeyDoItOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := program(t, d, d.Workspace(t, "Harbor"))
	source := d.NewPersona(t, a, "Default")
	for round := range 20 {
		key := uuid.NewString()
		ids, replayed := make([]uuid.UUID, 6), make([]bool, 6)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				o := once(key, key)
				made, err := d.Duplicate(t.Context(), a.Idempotent(o), source.ID)
				if err != nil {
					t.Error(err)
				}
				ids[i], replayed[i] = made.ID, o.Replayed()
			})
		}
		all.Wait()
		did := 0
		for i := range ids {
			same(t, "persona", ids[i], ids[0])
			if !replayed[i] {
				did++
			}
		}
		same(t, "did it", did, 1)
		same(t, "personas", d.Count(t, `select count(*) from personas`), round+2)
	}
}

func TestAKeyIsForOneRequestOfOneTokenForADay(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	a, other := program(t, d, owner), program(t, d, owner)
	create := func(a postgres.Access, o *postgres.IdempotentRequest, name string) error {
		_, err := d.Create(t.Context(), a.Idempotent(o), persona.Content{Name: name}, false)
		return err
	}
	if err := create(a, once("k", "first"), "First"); err != nil {
		t.Fatal(err)
	}
	before := d.Snapshot(t)
	if err := create(a, once("k", "other"), "Other"); !errors.Is(err, persona.ErrKeyReused) {
		t.Errorf("used for something else: %v", err)
	}
	if err := create(owner, once("k", "first"), "First"); err == nil || errors.Is(err, persona.ErrKeyReused) {
		t.Errorf("without a token: %v", err)
	}
	same(t, "tables", d.Snapshot(t), before)
	// What fails keeps nothing, so its key is still free.
	if err := create(a, once("free", "taken"), "first"); !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("a taken name: %v", err)
	}
	if err := create(a, once("free", "fixed"), "Second"); err != nil {
		t.Errorf("after it failed: %v", err)
	}
	if err := create(other, once("k", "third"), "Third"); err != nil {
		t.Errorf("of another token: %v", err)
	}
	twice := once("twice", "twice")
	if err := create(a, twice, "Fourth"); err != nil {
		t.Error(err)
	}
	if err := create(a, twice, "Fifth"); err == nil {
		t.Error("one key did two writes of one request")
	}
	d.Exec(t, `update idempotency_keys set created_at = created_at - interval '23 hours 59 minutes'`)
	if err := create(a, once("k", "other"), "Sixth"); !errors.Is(err, persona.ErrKeyReused) {
		t.Errorf("within the day: %v", err)
	}
	d.Exec(t, `update idempotency_keys set created_at = created_at - interval '2 minutes'`)
	if err := create(a, once("k", "other"), "Sixth"); err != nil {
		t.Errorf("a day later: %v", err)
	}
	same(t, "old keys are gone", d.Count(t, `select count(*) from idempotency_keys`), 1)
}

// TestTwoAnswersUnderOneKeyAreTheFirst has two read at once, as when a program
// does not wait for the first.
func TestTwoAnswersUnderOneKeyAreTheFirst(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := program(t, d, d.Workspace(t, "Harbor"))
	events := d.Count(t, `select count(*) from audit_events`)
	first, second, later := once("k", "r"), once("k", "r"), once("k", "r")
	one, two, three := "one", "two", ""
	for _, o := range []*postgres.IdempotentRequest{first, second} {
		found, err := d.ReplayAnswer(t.Context(), a.Idempotent(o), new(string))
		same(t, "answered before", []any{found, err}, []any{false, nil})
	}
	must(true, d.RememberAnswer(t.Context(), a.Idempotent(first), &one))(t)
	must(true, d.RememberAnswer(t.Context(), a.Idempotent(second), &two))(t)
	found, err := d.ReplayAnswer(t.Context(), a.Idempotent(later), &three)
	same(t, "all", []any{one, two, three, found, err}, []any{"one", "one", "one", true, nil})
	same(t, "replayed", []bool{first.Replayed(), second.Replayed(), later.Replayed()}, []bool{false, true, true})
	_, err = d.ReplayAnswer(t.Context(), a.Idempotent(once("k", "other")), &three)
	isErr(t, err, persona.ErrKeyReused)
	isErr(t, d.RememberAnswer(t.Context(), a.Idempotent(once("k", "other")), &three), persona.ErrKeyReused)
	must(true, d.RememberAnswer(t.Context(), a, &three))(t)
	same(t, "keys", d.Count(t, `select count(*) from idempotency_keys`), 1)
	same(t, "events", d.Count(t, `select count(*) from audit_events`), events)
}
