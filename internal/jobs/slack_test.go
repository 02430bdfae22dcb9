package jobs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/webhook"

	"github.com/google/uuid"
)

// TestAWebhookForSlackIsToldInSentences looks at all that Slack would get of a day: names of
// personas and people, which cannot call a channel, and no word of a lead.
func TestAWebhookForSlackIsToldInSentences(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Maya")
	coach := d.NewPersona(t, a, "<!channel> & Coach")
	var mu sync.Mutex
	var got []string
	slack := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var only map[string]string
		if err == nil {
			err = json.Unmarshal(body, &only)
		}
		if err != nil || len(only) != 1 {
			t.Errorf("%v: %s", err, body)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, only["text"])
	}))
	t.Cleanup(slack.Close)
	id, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: slack.URL, Events: webhook.Events(), Slack: true}, hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	run(t, d, new(logtest.Log).Logger(), compose)
	if _, err := d.Propose(t.Context(), a, persona.Suggestion{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: coach.ID, Valid: true}, Note: "Softer"}); err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Minute)
	if _, err := d.AddSchedule(t.Context(), a, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: coach.ID, Valid: true}, Start: soon}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetDefault(t.Context(), a, coach.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RunSchedules(t.Context(), soon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	d.User(t, access.NewUser{Name: "Sue", Email: "sue@example.com", Support: true})
	if _, err := d.Grant(t.Context(), a, "sue@example.com", access.SwitchOnly, 1, "Help"); err != nil {
		t.Fatal(err)
	}
	receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))
	if _, err := d.PingWebhook(t.Context(), a, id); err != nil {
		t.Fatal(err)
	}
	copied, err := d.Duplicate(t.Context(), a, coach.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Delete(t.Context(), a, copied.ID, 0, uuid.NullUUID{}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Restore(t.Context(), a, copied.ID, 1, 0); err != nil {
		t.Fatal(err)
	}
	operator, err := d.Operate(t.Context(), a.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	d.NewPersona(t, operator, "Nora")
	d.Until(t, 10, delivered)
	d.Until(t, 0, undelivered)
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"Harbor: “&lt;!channel&gt; &amp; Coach” is the default now, instead of “Maya”. By Olga Owner.",
		"Harbor: a change was proposed and waits for a decision. By Olga Owner.",
		"Harbor: what was scheduled was not done, as things are otherwise by now.",
		"Harbor: “&lt;!channel&gt; &amp; Coach (copy)” was made as a copy. By Olga Owner.",
		"Harbor: “&lt;!channel&gt; &amp; Coach (copy)” was deleted. By Olga Owner.",
		"Harbor: “&lt;!channel&gt; &amp; Coach (copy)” was restored. By Olga Owner.",
		"Harbor: “Nora” was created. By the system administrator (command line).",
		"Harbor: support staff were let in. By Olga Owner.", "Harbor: a draft was made.",
		"Harbor: this is a test of the webhook."} {
		if !slices.Contains(got, want) {
			t.Errorf("not told: %s\n%s", want, all)
		}
	}
	for _, word := range []string{"Liv", "Softer", "Help", "Hello", "@"} {
		if strings.Contains(all, word) {
			t.Errorf("it holds %q:\n%s", word, all)
		}
	}
}
