package jobs_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/webhook"
)

// receiver is another program that hears what happens. It checks every signature.
type receiver struct {
	server *httptest.Server
	mu     sync.Mutex
	got    []webhook.Payload
	answer func(n int, w http.ResponseWriter, r *http.Request) // to the nth message, from 1; nil: 200
}

const hookSecret = "whsec_0123456789012345678901234567890123456789"

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	x := &receiver{answer: answer}
	x.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m webhook.Payload
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		h := r.Header
		if err != nil || r.Method != http.MethodPost || h.Get("Content-Type") != "application/json" ||
			h.Get("X-Personae-Event") != m.Event || h.Get("X-Personae-Delivery") != m.ID.String() ||
			h.Get("X-Personae-Signature") != webhook.Sign(hookSecret, h.Get("X-Personae-Timestamp"), body) {
			t.Errorf("%v: %v %s", err, h, body)
		}
		x.mu.Lock()
		x.got = append(x.got, m)
		n := len(x.got)
		x.mu.Unlock()
		if x.answer != nil {
			x.answer(n, w, r)
		}
	}))
	t.Cleanup(x.server.Close)
	return x
}

// all returns what arrived so far.
func (x *receiver) all() []webhook.Payload {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.got
}

func hook(t *testing.T, d *dbtest.Database, a postgres.Access, x *receiver, events ...string) webhook.Webhook {
	t.Helper()
	if len(events) == 0 {
		events = webhook.Events()
	}
	id, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: x.server.URL + "/hooks?key=hidden", Events: events}, hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	return webhook.Webhook{ID: id}
}

// deliveries returns a webhook's deliveries, the newest first.
func deliveries(t *testing.T, d *dbtest.Database, a postgres.Access, w webhook.Webhook) []webhook.Delivery {
	t.Helper()
	_, log, _, err := d.Webhook(t.Context(), a, w.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

const (
	delivered   = `select count(*) from webhook_deliveries where state = 'delivered'`
	undelivered = `select count(*) from webhook_deliveries where state <> 'delivered'`
	failed      = `select count(*) from webhook_deliveries where state = 'failed'`
)

func TestASwitchAnEditAndADraftAreSentOnceEachAndSigned(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	maya, coach := d.NewPersona(t, a, "Maya"), d.NewPersona(t, a, "Coach")
	x, other, stranger := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
	hook(t, d, a, x)
	hook(t, d, a, other, webhook.DraftCreated)
	hook(t, d, d.Workspace(t, "Cedar"), stranger)
	log := &logtest.Log{}
	for range 2 {
		run(t, d, log.Logger(), compose)
	}
	if _, err := d.SetDefault(t.Context(), a, coach.ID); err != nil {
		t.Fatal(err)
	}
	coach.Goals = "Book a call"
	if _, err := d.Edit(t.Context(), a, coach.ID, 2, coach.Content, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	draft := receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))
	d.Until(t, 4, delivered)
	d.Until(t, 0, undelivered)
	if len(x.all()) != 3 || len(other.all()) != 1 || len(stranger.all()) != 0 {
		t.Fatalf("%d, %d and %d messages", len(x.all()), len(other.all()), len(stranger.all()))
	}
	var lead, message, set, edited uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select lead_id, m.id, s.id, e.id from messages m, audit_events s, audit_events e
		where s.action = 'persona.default_set'
		and e.action = 'persona.edited'`).Scan(&lead, &message, &set, &edited); err != nil {
		t.Fatal(err)
	}
	at := func(p persona.Persona, version int) map[string]any {
		return map[string]any{"id": p.ID, "name": p.Name, "version": version}
	}
	want := map[string]any{
		webhook.DefaultChanged: map[string]any{"auditEventId": set, "from": at(maya, 2), "to": at(coach, 2)},
		webhook.PersonaUpdated: map[string]any{"auditEventId": edited, "isDefault": true, "persona": at(coach, 3)},
		webhook.DraftCreated: map[string]any{
			"draftId": draft, "draftVersion": 1, "leadId": lead, "messageId": message, "channel": "email",
			"source": "default", "personaId": coach.ID, "personaVersion": 3,
		},
	}
	for _, p := range x.all() {
		if p.Workspace != a.Workspace() || time.Since(p.At).Abs() > time.Minute {
			t.Errorf("%+v", p)
		}
		if p.ID == other.all()[0].ID {
			t.Error("two deliveries share a number")
		}
		if !sameJSON(t, p.Data, want[p.Event]) {
			t.Errorf("%s holds %s, want %v", p.Event, p.Data, want[p.Event])
		}
		delete(want, p.Event)
	}
	if text := log.String(); len(want) > 0 || strings.Count(text, "msg=webhook event=") != 4 {
		t.Errorf("not sent: %v; or the log has not four lines:\n%s", want, text)
	}
	log.HoldsNone(t, "127.0.0.1", "hidden", "Maya", "Coach", "Liv", hookSecret)
}

func sameJSON(t *testing.T, got json.RawMessage, want any) bool {
	t.Helper()
	plain := func(b []byte) string {
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		out, _ := json.Marshal(v)
		return string(out)
	}
	wanted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	return plain(got) == plain(wanted)
}

func TestADraftThatIsWorkedTwiceIsSentOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	w := hook(t, d, a, newReceiver(t, nil))
	draft := receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))
	j := postgres.DraftJob{Workspace: a.Workspace(), Draft: draft}
	task, err := d.DraftTask(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	made := postgres.MadeDraft{By: persona.Resolve(task.Input), PromptKey: "x:persona=settings", Text: "Hi"}
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if _, _, err := d.StoreDraft(t.Context(), j, task.Version, made); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if log := deliveries(t, d, a, w); len(log) != 1 {
		t.Fatalf("%+v", log)
	}
	if n := d.Count(t, `select count(*) from river.river_job where kind = 'deliver' and queue = 'webhooks'`); n != 1 {
		t.Errorf("%d jobs", n)
	}
	// What is rolled back is sent to nobody.
	second := receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-2"))
	made.PromptKey = "wrong"
	if _, _, err := d.StoreDraft(t.Context(), postgres.DraftJob{Workspace: a.Workspace(), Draft: second}, 0,
		made); err == nil {
		t.Fatal("a draft was stored that no constraint allows")
	}
	if log := deliveries(t, d, a, w); len(log) != 1 {
		t.Errorf("%+v", log)
	}
}

func TestADeliveryIsTriedAgainUnderTheSameNumberUntilItIsTaken(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	x := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	w := hook(t, d, a, x)
	run(t, d, nil, compose)
	if _, err := d.PingWebhook(t.Context(), a, w.ID); err != nil {
		t.Fatal(err)
	}
	d.Until(t, 1, delivered)
	got, log := x.all(), deliveries(t, d, a, w)
	if len(got) != 2 || got[0].ID != got[1].ID || got[0].ID != log[0].ID || got[0].Event != "ping" ||
		!sameJSON(t, got[0].Data, map[string]any{}) {
		t.Errorf("%+v", got)
	}
	if tries := log[0].Tries; len(tries) != 2 || tries[0].Status != 500 || tries[0].Problem != "It answered 500." ||
		tries[1].Status != 200 || tries[1].Problem != "" || !log[0].NextTryAt.IsZero() {
		t.Errorf("%+v", log[0])
	}
	// Sending it again is another try of the same delivery, whatever became of it.
	if _, err := d.SendAgain(t.Context(), a, w.ID, log[0].ID); err != nil {
		t.Fatal(err)
	}
	d.Until(t, 3, `select count(*) from webhook_tries`)
	d.Until(t, 1, delivered)
	if got := x.all(); len(got) != 3 || got[2].ID != got[0].ID {
		t.Errorf("%+v", got)
	}
}

func TestADeliveryThatNobodyTakesFailsInWordsAndCanBeSentAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	silent := make(chan struct{})
	x := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			<-silent
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case 3:
			w.WriteHeader(http.StatusTeapot)
		}
	})
	defer close(silent)
	w := hook(t, d, a, x)
	run(t, d, nil, compose)
	if _, err := d.PingWebhook(t.Context(), a, w.ID); err != nil {
		t.Fatal(err)
	}
	d.Until(t, 1, failed)
	log := deliveries(t, d, a, w)[0]
	if tries := log.Tries; len(tries) != 3 || tries[0].Problem != "It did not answer within 1 seconds." ||
		tries[1].Status != 302 || tries[2].Problem != "It answered 418." || !log.NextTryAt.IsZero() {
		t.Errorf("%+v", log)
	}
	if added, err := d.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{}) {
		t.Errorf("the sweep tries again what failed for good: %+v, %v", added, err)
	}
	if _, err := d.SendAgain(t.Context(), a, w.ID, log.ID); err != nil {
		t.Fatal(err)
	}
	d.Until(t, 1, delivered)
	if n := len(x.all()); n != 4 {
		t.Errorf("%d messages", n)
	}
}

func TestAReceiverThatIsGonePausesItsWebhook(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	x := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	w := hook(t, d, a, x)
	if _, err := d.PingWebhook(t.Context(), a, w.ID); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data, next_try_at)
		values ($1, $2, 'ping', 'x', '{}', now() + interval '1 hour')`, a.Workspace(), w.ID)
	run(t, d, nil, compose)
	d.Until(t, 1, `select count(*) from webhooks where gone and paused_at is not null`)
	d.Until(t, 1, failed)
	d.Until(t, 1, `select count(*) from webhook_deliveries where state = 'stopped'`)
	d.NewPersona(t, a, "Maya")
	if n := d.Count(t, `select count(*) from webhook_deliveries`); n != 2 {
		t.Errorf("%d deliveries: something waits for a webhook that is paused", n)
	}
	for name, do := range map[string]func() error{
		"ping":  func() error { _, err := d.PingWebhook(t.Context(), a, w.ID); return err },
		"again": func() error { _, err := d.SendAgain(t.Context(), a, w.ID, deliveries(t, d, a, w)[0].ID); return err },
	} {
		if err := do(); !errors.As(err, new(*persona.TooLateError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(x.all()); n != 1 {
		t.Errorf("%d messages", n)
	}
	resumed, err := d.ResumeWebhook(t.Context(), a, w.ID)
	if err != nil || resumed.Gone || !resumed.PausedAt.IsZero() {
		t.Errorf("%+v, %v", resumed, err)
	}
}

// TestWhatWaitsGoesToTheAddressThatTheWebhookHasByThen moves a webhook while its
// first receiver is asked.
func TestWhatWaitsGoesToTheAddressThatTheWebhookHasByThen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int // of the first receiver
		then   string
		second int // messages to the second
	}{
		"it is tried again":                           {http.StatusInternalServerError, delivered, 1},
		"that the first wants nothing pauses nothing": {http.StatusGone, failed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			second := newReceiver(t, nil)
			var w webhook.Webhook
			first := newReceiver(t, func(_ int, answer http.ResponseWriter, _ *http.Request) {
				if _, err := d.EditWebhook(t.Context(), a, w.ID, 1, webhook.Choice{URL: second.server.URL, Events: []string{webhook.DraftCreated}}); err != nil {
					t.Error(err)
				}
				answer.WriteHeader(c.status)
			})
			w = hook(t, d, a, first, webhook.DefaultChanged)
			d.NewPersona(t, a, "Maya")
			run(t, d, nil, compose)
			d.Until(t, 1, c.then)
			if got := second.all(); len(first.all()) != 1 || len(got) != c.second ||
				c.second == 1 && (got[0].Event != webhook.DefaultChanged || got[0].ID != first.all()[0].ID) {
				t.Errorf("%+v, then %+v", first.all(), got)
			}
			if n := d.Count(t, `select count(*) from webhooks where paused_at is null and not gone`); n != 1 {
				t.Error("the webhook is paused")
			}
		})
	}
}

// TestADeliveryIsMadeWhateverDies takes its job away in each way that can happen.
func TestADeliveryIsMadeWhateverDies(t *testing.T) {
	t.Parallel()
	for name, death := range map[string]string{
		"the job got lost": `delete from river.river_job`,
		"the process was killed with the job in its hands": `update river.river_job
			set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}'`,
		"an earlier round's job comes late": `insert into river.river_job
			select (jsonb_populate_record(j, jsonb_build_object('id', j.id + 1000, 'args', j.args || '{"round": 0}'))).*
			from river.river_job j`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			x := newReceiver(t, nil)
			w := hook(t, d, a, x)
			if _, err := d.PingWebhook(t.Context(), a, w.ID); err != nil {
				t.Fatal(err)
			}
			d.Exec(t, death)
			run(t, d, nil, compose)
			d.Until(t, 1, delivered)
			d.Until(t, 0, `select count(*) from river.river_job
				where kind = 'deliver' and state in ('available', 'scheduled', 'retryable')`)
			if n := len(x.all()); n != 1 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

// TestWhatWaitsThoughItsWebhookIsPausedIsStopped is about what an older version
// adds during a pause.
func TestWhatWaitsThoughItsWebhookIsPausedIsStopped(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	x := newReceiver(t, nil)
	w := hook(t, d, a, x)
	if _, err := d.PingWebhook(t.Context(), a, w.ID); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update webhooks set paused_at = now()`)
	run(t, d, nil, compose)
	d.Until(t, 1, `select count(*) from webhook_deliveries where state = 'stopped'`)
	if added, err := d.Sweep(t.Context(), 0); err != nil || added != (postgres.Swept{}) {
		t.Errorf("it is tried again: %+v, %v", added, err)
	}
	if n := len(x.all()); n != 0 {
		t.Errorf("%d messages", n)
	}
}
