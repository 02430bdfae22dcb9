package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/webhook"
)

// atOnce is how messages are taken in where no model is asked.
func atOnce(d *dbtest.Database, log *slog.Logger, draft draftFunc) jobs.Options {
	return jobs.Options{DB: d.DB, Log: log, Draft: draft, Score: scoring.New(config.LLM{}).Score, AtOnce: true,
		Try: time.Second}
}

func TestAMessageIsAnsweredInItsOwnTransactionWhereNoModelIsAsked(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	maya, campaign := d.NewPersona(t, a, "Maya"), d.NewCampaign(t, a, "Spring")
	coach := d.NewPersona(t, a, "Coach")
	d.Exec(t, `update personas set greeting = 'Dear {firstName},' where id = $1`, coach.ID)
	d.Exec(t, `update campaigns set external_id = 'C-1', persona_id = $1`, coach.ID)
	log := &logtest.Log{}
	in, o := d.Inbox(t, a), atOnce(d, log.Logger(), compose)
	var trips atomic.Int64
	ctx := postgres.CountTrips(t.Context(), &trips)
	first := dbtest.Inbound("m-1")
	first.Body = "What does it cost?"
	got, err := o.Receive(ctx, in, first)
	if err != nil || got.Draft == uuid.Nil || got.Before {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := trips.Load(); n != 2 {
		t.Errorf("%d round trips", n)
	}
	again, err := o.Receive(t.Context(), in, first)
	if err != nil || again.Draft != got.Draft || !again.Before {
		t.Errorf("%+v, %v", again, err)
	}
	// The same as a job writes it, by the campaign's persona, and told to webhooks in the same transaction.
	x := newReceiver(t, nil)
	hook(t, d, a, x, webhook.DraftCreated)
	second := dbtest.Inbound("m-2")
	second.Campaign, second.Body = "C-1", first.Body
	second.Lead.ExternalID, second.Lead.FirstName = "ada", "Ada"
	if got, err = o.Receive(t.Context(), in, second); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]int{
		`select count(*) from drafts where state = 'waiting' and version = 1 and made_at >= asked_at`:  2,
		`select count(*) from draft_versions v join drafts d on d.id = v.draft_id and d.body = v.body`: 2,
		`select count(*) from draft_outcomes where decision is null`:                                   2,
		`select count(*) from scores where scored_by = 'rules:v1'`:                                     2,
		`select count(*) from leads where score_asked_at is not null or last_at is null`:               0,
		`select count(*) from webhook_deliveries where event = 'draft.created'`:                        1,
		`select count(*) from river.river_job where kind <> 'deliver'`:                                 0,
		`select count(*) from river.river_job`:                                                         1,
	} {
		if n := d.Count(t, sql); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	task, err := d.DraftTask(t.Context(), postgres.DraftJob{Workspace: a.Workspace(), Draft: got.Draft})
	if err != nil {
		t.Fatal(err)
	}
	made := drafting.Compose(persona.Resolve(task.Input), task.Lead, task.Body)
	if n := d.Count(t, `select count(*) from drafts where id = $1 and body = $2 and prompt_key = $3 and source = 'campaign'
		and persona_id = $4`, got.Draft, made.Text, made.PromptKey, coach.ID); n != 1 || !strings.Contains(made.Text, "Ada") {
		t.Errorf("not as a job writes it: %+v", made)
	}
	for _, line := range []string{
		"msg=draft personaSource=default personaId=" + maya.ID.String() + " campaignId=<nil> workspaceId=" + a.Workspace().String(),
		"msg=draft personaSource=campaign personaId=" + coach.ID.String() + " campaignId=" + campaign.String(),
		"msg=score overall=",
	} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no line %q in\n%s", line, log)
		}
	}
	if n := strings.Count(log.String(), "msg="); n != 4 {
		t.Errorf("%d lines of 2 drafts and 2 scores:\n%s", n, log)
	}
	log.HoldsNone(t, "Maya", "Coach", "Ada", "Liv", "cost")
	// Nothing is left for the sweep, and who refuses is scored and gets no draft.
	if added, err := d.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{Deliveries: added.Deliveries}) {
		t.Errorf("%+v, %v", added, err)
	}
	no := dbtest.Inbound("m-3")
	no.Body, no.Lead.ExternalID = "Not interested.", "tom"
	if got, err := o.Receive(t.Context(), in, no); err != nil || got.Draft != uuid.Nil || got.Why == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if n := d.Count(t, `select count(*) from scores where overall = 1`); n != 1 {
		t.Errorf("%d scores of a refusal", n)
	}
}

func TestWhatCannotBeAnsweredAtOnceIsLeftToAJob(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	in := d.Inbox(t, d.Workspace(t, "Harbor"))
	for name, draft := range map[string]draftFunc{
		"error": first(func(context.Context) error { return errors.New("broken off") }, nil),
		"panic": first(func(context.Context) error { panic("killed") }, nil),
	} {
		o := atOnce(d, slog.New(slog.DiscardHandler), draft)
		got, err := o.Receive(t.Context(), in, dbtest.Inbound(name))
		if err != nil || got.Draft == uuid.Nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if n := d.Count(t, `select count(*) from drafts where state = 'making'`); n != 2 {
		t.Errorf("%d drafts wait for a job", n)
	}
	run(t, d, nil, compose)
	d.Until(t, 2, waiting)
}
