package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// everyChange does each change of a default in a workspace with the personas
// lead, which is it, and next.
func everyChange(
	d *dbtest.Database, a postgres.Access, lead, next persona.Persona,
) map[string]func(context.Context) error {
	other := lead.Content
	other.Greeting = "Good day,"
	return map[string]func(context.Context) error{
		"SetDefault": func(ctx context.Context) error { _, err := d.SetDefault(ctx, a, next.ID); return err },
		"Edit": func(ctx context.Context) error {
			_, err := d.Edit(ctx, a, lead.ID, lead.Version, other, persona.KeepDefault)
			return err
		},
		"Edit with “make default”": func(ctx context.Context) error {
			_, err := d.Edit(ctx, a, next.ID, next.Version, next.Content, persona.MakeDefault)
			return err
		},
		"Create with “make default”": func(ctx context.Context) error {
			_, err := d.Create(ctx, a, persona.Content{Name: "Third", Voice: words}, true)
			return err
		},
		"Delete": func(ctx context.Context) error {
			_, err := d.Delete(ctx, a, lead.ID, lead.Version, uuid.NullUUID{})
			return err
		},
	}
}

// TestAChangeWhoseWebhookCannotBeToldIsNotMade takes the right to add jobs away.
func TestAChangeWhoseWebhookCannotBeToldIsNotMade(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	lead, next := d.NewPersona(t, a, "First"), d.NewPersona(t, a, "Second")
	must(d.AddWebhook(t.Context(), a, webhook.Choice{URL: "https://example.com/", Events: []string{webhook.DefaultChanged, webhook.PersonaUpdated}},
		strings.Repeat("s", 40)))(t)
	d.Exec(t, `revoke insert on river.river_job from `+postgres.ServerRole)
	before := d.Snapshot(t)
	for name, change := range everyChange(d, a, lead, next) {
		if err := change(t.Context()); err == nil {
			t.Errorf("%s is done, and nobody is told", name)
		}
	}
	same(t, "changed", d.Snapshot(t), before)
	d.Exec(t, `grant insert on river.river_job to `+postgres.ServerRole)
	must(d.SetDefault(t.Context(), a, next.ID))(t)
	same(t, "jobs", d.Count(t, `select count(*) from river.river_job where kind = 'deliver'`), 1)
}

// TestARowThatIsTakenAwayUnderAChangeUndoesIt has a program with plain SQL be
// faster each time: no row is there to be written when its turn has come.
func TestARowThatIsTakenAwayUnderAChangeUndoesIt(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"personas", "workspace_settings"} {
		d := dbtest.New(t)
		a := d.Workspace(t, "Harbor")
		lead, next := d.NewPersona(t, a, "First"), d.NewPersona(t, a, "Second")
		d.Exec(t, `create function overtaken() returns trigger language plpgsql as 'begin return null; end'`)
		d.Exec(t, `create trigger a_overtaken before update or delete on `+table+` for each row execute function overtaken()`)
		before := d.Snapshot(t)
		for name, change := range everyChange(d, a, lead, next) {
			if err := change(t.Context()); !errors.Is(err, persona.ErrUnavailable) {
				t.Errorf("%s without a row of %s: %v", name, table, err)
			}
		}
		same(t, "changed", d.Snapshot(t), before)
	}
}

// TestACommitThatNobodyCanLookUpIsNotDoneAgain breaks the answer to a COMMIT, and
// keeps the workspace locked while the server looks what became of it.
func TestACommitThatNobodyCanLookUpIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "First")
	c, db := cutterFor(t, d)
	held := make(chan error, 1)
	c.onCut = func() {
		go func() {
			tx, err := d.SQL.Begin(context.Background())
			if err == nil {
				_, err = tx.Exec(context.Background(), `select from workspaces where id = $1 for update`, a.Workspace())
				time.Sleep(3 * time.Second) // the server waits for 2 seconds
				err = errors.Join(err, tx.Rollback(context.Background()))
			}
			held <- err
		}()
		for d.Count(t, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	c.armed.Store(int32(cutAfter))
	if _, err := db.Duplicate(t.Context(), a, p.ID); !errors.Is(err, persona.ErrUnavailable) {
		t.Errorf("it is reported as %v", err)
	}
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	same(t, "copies", d.Count(t, `select count(*) from personas where id <> $1`, p.ID), 1)
}
