package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/testing/oteltest"
	"personae/internal/tracing"
	"personae/internal/webhook"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type draftFunc = func(context.Context, persona.Resolution, persona.Recipient, string) (drafting.Reply, error)

func compose(_ context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
	return drafting.Compose(r, to, message), nil
}

// run works jobs until the test ends; stop ends it earlier.
func run(t *testing.T, d *dbtest.Database, log *slog.Logger, draft draftFunc) (stop func()) {
	t.Helper()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r, err := jobs.Start(t.Context(), jobs.Options{
		DB:    d.DB,
		Log:   log,
		Draft: draft,
		Score: scoring.New(config.LLM{}).Score,
		Send:  webhook.New(webhook.Options{AllowPrivate: true, Timeout: time.Second}).Send,
		Waits: []time.Duration{20 * time.Millisecond, 20 * time.Millisecond},
		Try:   10 * time.Second,
		Poll:  20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

const (
	waiting  = `select count(*) from drafts where state = 'waiting'`
	making   = `select count(*) from drafts where state in ('making', 'unmade')`
	versions = `select count(*) from draft_versions`
)

func receive(t *testing.T, d *dbtest.Database, in postgres.Inbox, m lead.Inbound) uuid.UUID {
	t.Helper()
	got, err := d.Receive(t.Context(), in, m)
	if err != nil {
		t.Fatal(err)
	}
	return got.Draft
}

func TestTheSameMessageManyTimesAtOnceIsOneDraft(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	var group sync.WaitGroup
	ids := make([]uuid.UUID, 24)
	for i := range ids {
		group.Go(func() {
			m := dbtest.Inbound([]string{"m-1", "m-2", "m-3"}[i%3])
			if got, err := d.Receive(t.Context(), in, m); err != nil {
				t.Error(err)
			} else {
				ids[i] = got.Draft
			}
		})
	}
	group.Wait()
	for i, id := range ids {
		if id != ids[i%3] || id == uuid.Nil {
			t.Errorf("message %d: draft %s, want %s", i, id, ids[i%3])
		}
	}
	for sql, want := range map[string]int{
		`select count(*) from leads`:           1,
		`select count(*) from messages`:        3,
		`select count(*) from drafts`:          3,
		`select count(*) from river.river_job`: 3,
	} {
		if got := d.Count(t, sql); got != want {
			t.Errorf("%s: %d, want %d", sql, got, want)
		}
	}
	// Another channel is another message.
	sms := dbtest.Inbound("m-1")
	sms.Channel = persona.SMS
	if id := receive(t, d, in, sms); id == ids[0] {
		t.Error("the same draft answers by mail and by SMS")
	}
	run(t, d, nil, compose)
	run(t, d, nil, compose)
	d.Until(t, 4, waiting)
	if n := d.Count(t, versions); n != 4 {
		t.Errorf("%d versions of 4 drafts", n)
	}
}

// first has a draft's first try do something before or after composing.
func first(before, after func(context.Context) error) draftFunc {
	var tried atomic.Bool
	return func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
		if tried.Swap(true) {
			return compose(ctx, r, to, message)
		}
		if err := before(ctx); err != nil {
			return drafting.Reply{}, err
		}
		return drafting.Compose(r, to, message), after(ctx)
	}
}

// received returns a database with one message, whose draft is not made yet.
func received(t *testing.T) *dbtest.Database {
	t.Helper()
	d := dbtest.New(t)
	receive(t, d, d.Inbox(t, d.Workspace(t, "Harbor")), dbtest.Inbound("m-1"))
	return d
}

// once waits until the one draft is made, once.
func once(t *testing.T, d *dbtest.Database) {
	t.Helper()
	d.Until(t, 1, waiting)
	d.Until(t, 1, versions)
}

// TestADraftIsMadeOnceWhateverFails breaks the work off between each two of its
// steps.
func TestADraftIsMadeOnceWhateverFails(t *testing.T) {
	t.Parallel()
	pass := func(context.Context) error { return nil }
	panics := func(context.Context) error { panic("killed") }
	fails := func(context.Context) error { return errors.New("broken off") }
	for name, draft := range map[string]draftFunc{
		"panic before composing":              first(panics, pass),
		"panic between composing and storing": first(pass, panics),
		"error before composing":              first(fails, pass),
		"error between composing and storing": first(pass, fails),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := received(t)
			run(t, d, nil, draft)
			once(t, d)
		})
	}
}

// TestADraftIsMadeOnceWhateverDies stops and kills the process between each two of its
// steps.
func TestADraftIsMadeOnceWhateverDies(t *testing.T) {
	t.Parallel()
	t.Run("the process is stopped while it composes", func(t *testing.T) {
		t.Parallel()
		d := received(t)
		composing := make(chan struct{})
		stop := run(t, d, nil, first(func(ctx context.Context) error {
			close(composing)
			<-ctx.Done()
			return ctx.Err()
		}, nil))
		<-composing
		stop()
		d.Until(t, 0, waiting)
		run(t, d, nil, compose)
		once(t, d)
	})
	t.Run("the process is killed with the job in its hands", func(t *testing.T) {
		t.Parallel()
		d := received(t)
		d.Exec(t, `update river.river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}'`)
		run(t, d, nil, compose)
		once(t, d)
	})
	t.Run("the process is killed between storing and telling River", func(t *testing.T) {
		t.Parallel()
		d := received(t)
		stop := run(t, d, nil, compose)
		d.Until(t, 1, waiting)
		d.Until(t, 1, `select count(*) from river.river_job where kind = 'draft' and state = 'completed'`)
		stop()
		before := d.Snapshot(t)
		d.Exec(t, `update river.river_job set state = 'available', finalized_at = null where kind = 'draft'`)
		run(t, d, nil, func(context.Context, persona.Resolution, persona.Recipient, string) (drafting.Reply, error) {
			t.Error("it is composed again")
			return drafting.Reply{}, nil
		})
		d.Until(t, 1, `select count(*) from river.river_job where kind = 'draft' and state = 'completed'`)
		if d.Snapshot(t, "leads", "scores") != except(before, "leads", "scores") {
			t.Error("the second try changed something")
		}
	})
	t.Run("the job got lost", func(t *testing.T) {
		t.Parallel()
		d := received(t)
		d.Exec(t, `delete from river.river_job`)
		run(t, d, nil, compose)
		once(t, d)
	})
}

// except returns a snapshot without some tables.
func except(snapshot string, tables ...string) string {
	var kept []string
	for line := range strings.Lines(snapshot) {
		out := false
		for _, table := range tables {
			out = out || strings.HasPrefix(line, table+":")
		}
		if !out {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestReceivingDraftingAndScoringChangeNothingElse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	d.NewPersona(t, a, "Default")
	d.NewCampaign(t, a, "Spring")
	d.Exec(t, `update campaigns set external_id = 'C-1'`)
	known, unknown := dbtest.Inbound("m-1"), dbtest.Inbound("m-2")
	known.Campaign, unknown.Campaign = "C-1", "C-2"
	receive(t, d, in, unknown) // which adds its campaign
	before := d.Snapshot(t, dbtest.Readers()...)
	receive(t, d, in, known)
	run(t, d, nil, compose)
	d.Until(t, 2, waiting)
	d.Until(t, 1, `select count(*) from scores`) // of a lead that wrote, as the schedule wants
	if after := d.Snapshot(t, dbtest.Readers()...); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if n := d.Count(t, `select count(*) from messages m join campaigns c on c.id = m.campaign_id and c.external_id = 'C-2'`); n != 1 {
		t.Error("the message does not belong to the campaign that it named")
	}
}

func TestDraftsComeFromWhoAnswersAndTheLogSaysWho(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	log := &logtest.Log{}
	run(t, d, log.Logger(), compose)
	check := func(name, campaign string, want string) {
		t.Helper()
		m := dbtest.Inbound(name)
		m.Campaign = campaign
		id := receive(t, d, in, m)
		d.Until(t, 1, `select count(*) from drafts where id = $1 and state = 'waiting'`, id)
		var got, body string
		if err := d.SQL.QueryRow(t.Context(), `select concat_ws(' ', source, coalesce(persona_id::text, 'none'),
			coalesce(persona_version, 0), prompt_key), body from drafts where id = $1`, id).Scan(&got, &body); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	check("m-1", "", "settings none 0 composer:v1:email:persona=settings")
	p, q := d.NewPersona(t, a, "Default"), d.NewPersona(t, a, "Other")
	check("m-2", "", "default "+p.ID.String()+" 1 composer:v1:email:persona=default")
	c := d.NewCampaign(t, a, "Spring")
	d.Exec(t, `update campaigns set external_id = 'C-1', persona_id = $1`, q.ID)
	check("m-3", "C-1", "campaign "+q.ID.String()+" 1 composer:v1:email:persona=campaign")
	check("m-4", "C-9", "default "+p.ID.String()+" 1 composer:v1:email:persona=default")
	text := log.String()
	if line := "msg=draft personaSource=campaign personaId=" + q.ID.String() + " campaignId=" + c.String() +
		" workspaceId=" + a.Workspace().String(); strings.Count(text, line) != 1 {
		t.Errorf("the log has not one line %s:\n%s", line, text)
	}
	log.HoldsNone(t, "Liv", "liv@", "Strand", "cost", "Hello")
}

// voiced returns a new default each of whose fields is its name.
func voiced(t *testing.T, d *dbtest.Database, a postgres.Access, name string) persona.Persona {
	t.Helper()
	name += " " + uuid.NewString()[:8]
	c := persona.Content{Name: name}
	for _, f := range persona.Fields() {
		*f.Of(&c.Voice) = name
	}
	saved, err := d.Create(t.Context(), a, c, true)
	if err != nil {
		t.Fatal(err)
	}
	return saved.Persona
}

// TestEveryDraftIsMadeWhileDefaultsComeAndGo deletes and makes the default while
// messages come in: in one workspace down to the last persona, in another with
// others, one of which a campaign has. Each draft must read, to the letter, as
// somebody would have written it who answered at one moment.
func TestEveryDraftIsMadeWhileDefaultsComeAndGo(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	bare, staffed := d.Workspace(t, "Bare"), d.Workspace(t, "Staffed")
	own := voiced(t, d, staffed, "Own")
	campaign := d.NewCampaign(t, staffed, "Spring")
	d.Exec(t, `update campaigns set external_id = 'C-1', persona_id = $1 where id = $2`, own.ID, campaign)
	run(t, d, nil, compose)
	const messages = 40
	inboxes := map[postgres.Access]postgres.Inbox{bare: d.Inbox(t, bare), staffed: d.Inbox(t, staffed)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range messages {
			for a, in := range inboxes {
				m := dbtest.Inbound(uuid.NewString())
				m.Lead.ExternalID = m.ExternalID
				if a == staffed && i%2 == 0 {
					m.Campaign = "C-1"
				}
				if _, err := d.Receive(context.Background(), in, m); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	for deleting := true; deleting; {
		for a, name := range map[postgres.Access]string{bare: "Last", staffed: "Other"} {
			if _, err := d.Delete(t.Context(), a, voiced(t, d, a, name).ID, 0, uuid.NullUUID{}); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case <-done:
			deleting = false
		default:
		}
	}
	d.Until(t, 2*messages, waiting)
	d.Until(t, 0, making)
	seen := whoAnswered(t, d, own.ID)
	if seen["Staffed campaign"] != messages/2 || seen["Staffed default"] != messages/2 ||
		seen["Bare default"]+seen["Bare settings"] != messages || seen["Bare settings"] == 0 {
		t.Errorf("%v", seen)
	}
	if broken := d.Broken(t); len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
}

// whoAnswered fails for each draft that nobody who answered at one moment would have
// written, of whom own has the campaign. It counts drafts by workspace and source.
func whoAnswered(t *testing.T, d *dbtest.Database, own uuid.UUID) map[string]int {
	t.Helper()
	rows, _ := d.SQL.Query(t.Context(), `
		select d.source, d.persona_id, d.body, w.name, m.campaign_id is not null, p.voices, s.voices
		from drafts d join workspaces w on w.id = d.workspace_id join messages m on m.id = d.message_id
		cross join lateral (
			select coalesce(array_agg(coalesce(v.greeting, '')), '{}') as voices from persona_versions v
			where v.persona_id = d.persona_id and v.version = d.persona_version
			and not v.deleted and (v.is_default or d.source = 'campaign') and v.recorded_at < d.made_at) p
		cross join lateral (
			select coalesce(array_agg(coalesce(v.ai_greeting, '')), '{}') as voices from workspace_settings_versions v
			where v.workspace_id = d.workspace_id and v.recorded_at < d.made_at) s`)
	seen := map[string]int{}
	var source persona.Source
	var by uuid.NullUUID
	var body, workspace string
	var campaigned bool
	var asPersona, asSettings []string // the words of who may have answered, the same in each field
	into := []any{&source, &by, &body, &workspace, &campaigned, &asPersona, &asSettings}
	if _, err := pgx.ForEachRow(rows, into, func() error {
		seen[workspace+" "+string(source)]++
		words := asPersona
		if source == persona.FromSettings {
			words = append([]string{""}, asSettings...) // before there was a row
		}
		if !slices.ContainsFunc(words, func(w string) bool { return composedBy(workspace, w) == body }) {
			t.Errorf("the %s of %s would not have written this at any moment, but %q:\n%s", source, workspace, words, body)
		}
		if campaigned != (source == persona.FromCampaign) || campaigned && by.UUID != own {
			t.Errorf("with a campaign %t, the %s answers: %s", campaigned, source, body)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return seen
}

// composedBy returns what somebody drafts each of whose fields is this word.
func composedBy(workspace, word string) string {
	var v persona.Voice
	for _, f := range persona.Fields() {
		*f.Of(&v) = word
	}
	r := persona.Resolve(persona.ResolveInput{Workspace: workspace, Settings: v})
	liv := persona.Recipient{FirstName: "Liv", LastName: "Strand", Company: "Strand Shipping"}
	return drafting.Compose(r, liv, "What does it cost?").Text
}

func TestWhatFailsForGoodIsShownAndCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	id := receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))
	var broken atomic.Bool
	broken.Store(true)
	run(t, d, nil, func(ctx context.Context, r persona.Resolution, to persona.Recipient,
		message string) (drafting.Reply, error) {
		if broken.Load() {
			return drafting.Reply{}, &llm.Error{Fault: llm.Rejected, Status: 401}
		}
		return compose(ctx, r, to, message)
	})
	d.Until(t, 1, `select count(*) from drafts where state = 'unmade'`)
	list, err := d.Leads(t.Context(), a, "", 1)
	failed := list.Failed
	if err != nil || len(failed) != 1 || failed[0].Draft.UUID != id ||
		!strings.Contains(failed[0].Problem, "rejects the request") {
		t.Fatalf("%v: %+v", err, failed)
	}
	if again, err := d.Sweep(t.Context(), 0); err != nil || again.Drafts != 0 {
		t.Errorf("the schedule tries again what failed for good: %+v, %v", again, err)
	}
	broken.Store(false)
	for range 2 { // pressed twice
		if asked, err := d.AskDraft(t.Context(), a, failed[0].Lead.ID, uuid.NullUUID{UUID: id, Valid: true}); err != nil &&
			!errors.As(err, new(*persona.TooLateError)) || err == nil && asked != id {
			t.Fatal(asked, err)
		}
	}
	d.Until(t, 1, waiting)
	d.Until(t, 1, versions)
}

func TestTheScheduleAnswersTheLastMessageOfWhoMayBeWrittenTo(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws := d.Workspace(t, "Harbor").Workspace()
	message := func(lead, flag string, age string) {
		t.Helper()
		d.Exec(t, `insert into leads (workspace_id, external_id) values ($1, $2) on conflict do nothing`, ws, lead)
		if flag != "" {
			d.Exec(t, `update leads set `+flag+` = true where external_id = $1`, lead)
		}
		d.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select workspace_id, id, 'sms', gen_random_uuid(), 'Hello?', now() - $2::interval from leads
			where external_id = $1`, lead, age)
	}
	message("asks", "", "2 days")
	message("asks", "", "1 day")
	message("long ago", "", "8 days")
	for _, flag := range []string{"blacklisted", "opted_out", "unsubscribed", "bounced"} {
		message(flag, flag, "1 hour")
	}
	before := d.Snapshot(t, dbtest.Readers()...)
	run(t, d, nil, compose)
	d.Until(t, 1, waiting)
	d.Until(t, 5, `select count(*) from scores`)
	if n := d.Count(t, `select count(*) from drafts`); n != 1 {
		t.Errorf("%d drafts", n)
	}
	if n := d.Count(t, `select count(*) from drafts d join messages m on m.id = d.message_id
		join leads l on l.id = m.lead_id where l.external_id = 'asks' and m.sent_at > now() - interval '30 hours'`); n != 1 {
		t.Error("it answers another message")
	}
	if n := d.Count(t, `select count(*) from scores s join leads l on l.id = s.lead_id
		where overall = 1 and scored_by = 'flag:v1' and (blacklisted or opted_out or unsubscribed or bounced)`); n != 4 {
		t.Errorf("%d of 4 flagged leads score 1 without a model", n)
	}
	for range 3 {
		if added, err := d.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{}) {
			t.Errorf("a second look adds %+v, %v", added, err)
		}
	}
	if d.Snapshot(t, dbtest.Readers()...) != before {
		t.Error("the schedule changed something else")
	}
}

func TestNoDraftIsMadeByItselfForWhoWantsNoAnswer(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Workspace(t, "Harbor")
	for _, kind := range []lead.Kind{lead.Refusal, lead.OptOut, lead.Automatic, lead.Ordinary} {
		d.Exec(t, `insert into leads (workspace_id, external_id) select id, $1 from workspaces limit 1`, "l-"+string(kind))
		d.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at, kind)
			select workspace_id, id, 'email', gen_random_uuid(), 'Hello.', now(), $1 from leads where external_id = 'l-' || $1`,
			string(kind))
	}
	added, err := d.Sweep(t.Context(), 0)
	if err != nil || added.Drafts != 1 {
		t.Errorf("%+v, %v", added, err)
	}
	if n := d.Count(t, `select count(*) from drafts d join messages m on m.id = d.message_id where m.kind = ''`); n != 1 {
		t.Errorf("%d drafts of an ordinary message", n)
	}
}

// TestAJobsSpanSaysThatItFailedAndNoWordOfIt has tries fail with words that must
// not go anywhere.
func TestAJobsSpanSaysThatItFailedAndNoWordOfIt(t *testing.T) {
	t.Parallel()
	d := received(t)
	collector := oteltest.Start(t)
	spans, err := tracing.Start(t.Context(), collector.URL, "1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var tries atomic.Int32
	r, err := jobs.Start(t.Context(), jobs.Options{
		DB:     d.DB,
		Log:    slog.New(slog.DiscardHandler),
		Tracer: spans.Tracer(),
		Score:  scoring.New(config.LLM{}).Score,
		Try:    10 * time.Second,
		Poll:   20 * time.Millisecond,
		Draft: func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
			switch tries.Add(1) {
			case 1:
				panic("secret words")
			case 2:
				return drafting.Reply{}, errors.New("secret words")
			case 3:
				return drafting.Reply{}, &llm.Error{Fault: llm.Busy, RetryAfter: time.Millisecond}
			}
			return compose(ctx, r, to, message)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for ; d.Count(t, waiting) == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		// River waits longer between tries.
		d.Exec(t, `update river.river_job set state = 'available', scheduled_at = now()
			where kind = 'draft' and state in ('available', 'retryable', 'scheduled')`)
	}
	d.Until(t, 1, waiting)
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans.Stop(t.Context())
	var got []string
	for _, s := range collector.Spans() {
		if s.Name == "job draft" {
			got = append(got, s.Failed)
			if s.Events > 0 || (len(got) == 3) != (s.About["personae.job.snoozed"] != "") {
				t.Errorf("%+v", s)
			}
		}
	}
	if want := "panic *errors.errorString  "; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", strings.Join(got, " "), want)
	}
	if strings.Contains(collector.Raw(), "secret") {
		t.Error("the traces hold the words")
	}
}

// TestItStartsWhileAnotherSweeps holds the lock of a sweep, as another instance
// does that has much to look through.
func TestItStartsWhileAnotherSweeps(t *testing.T) {
	t.Parallel()
	d := received(t)
	sweeping, err := d.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sweeping.Exec(t.Context(), `select pg_advisory_xact_lock(hashtext('personae sweep'))`); err != nil {
		t.Fatal(err)
	}
	run(t, d, nil, compose)
	d.Until(t, 1, waiting)
	if err := sweeping.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestItStartsThoughItsFirstSweepFails(t *testing.T) {
	t.Parallel()
	d := received(t)
	d.Exec(t, `revoke update on leads from `+postgres.ServerRole)
	log := &logtest.Log{}
	run(t, d, log.Logger(), compose)
	d.Until(t, 1, waiting)
	if text := log.String(); !strings.Contains(text, `level=WARN msg="the first sweep failed`) {
		t.Errorf("the log does not say that it failed:\n%s", text)
	}
}

// TestAStartLeavesAloneWhatALivingInstanceIsAt starts another instance while the
// first one drafts.
func TestAStartLeavesAloneWhatALivingInstanceIsAt(t *testing.T) {
	t.Parallel()
	d := received(t)
	composing, finish := make(chan struct{}), make(chan struct{})
	run(t, d, nil, func(ctx context.Context, r persona.Resolution, to persona.Recipient,
		message string) (drafting.Reply, error) {
		close(composing)
		<-finish
		return compose(ctx, r, to, message)
	})
	<-composing
	second, err := postgres.Open(t.Context(), d.ServerSQL.Config().ConnString(), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	run(t, &dbtest.Database{DB: second}, nil, compose)
	if n := d.Count(t, `select count(*) from river.river_job where kind = 'draft'`); n != 1 {
		t.Errorf("%d jobs for one draft", n)
	}
	close(finish)
	d.Until(t, 1, waiting)
}
