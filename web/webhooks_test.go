package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/postgres"
	"personae/internal/webhooks"
	"personae/web"
)

func TestAWebhookIsAddedTriedPausedAndDeletedByItsPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), postgres.Admin)
	const address = "http://127.0.0.1:9/hooks?key=hidden"
	b.get(b.get(at(ws, "personas")).link("Webhooks")).is(http.StatusOK).says("There is no webhook yet")
	shown := b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {" " + address + " "}, "events": {postgres.DraftCreated, postgres.DefaultChanged}}).is(http.StatusOK).
		says("The webhook to 127.0.0.1:9 is added", "It cannot be shown again", address, "Nothing was sent yet")
	secret := shown.copied()
	if len(secret) != len("whsec_")+43 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("the secret is %q", secret)
	}
	same(t, "stored", s.Count(t, `select count(*) from webhooks where secret = $1 and url = $2 and events = '{draft.created,persona.default_changed}' and paused_at is null`, secret, address), 1)
	again := b.get(shown.path).is(http.StatusOK)
	if strings.Contains(again.body, secret[:20]) || strings.Contains(b.get(at(ws, "webhooks")).says(address, "A draft was made").body, secret[:20]) {
		t.Error("the secret is shown twice")
	}
	again.submit("Send a test", nil).is(http.StatusOK).says("A test is on its way", "On its way.")
	renewed := again.submit("Make a new secret", nil).is(http.StatusOK).says("The webhook has a new secret").copied()
	same(t, "the secret is another", []any{renewed != secret, s.Count(t, `select count(*) from webhooks where secret = $1`, renewed)}, []any{true, 1})
	paused := again.submit("Pause", nil).is(http.StatusOK).says("The webhook is paused", "Paused since", "Stopped: the webhook was paused before this arrived.", "Resume first")
	if paused.button("Send a test") != nil || strings.Contains(paused.body, "Send again<") {
		t.Error("a webhook that is paused can be sent something")
	}
	again.submit("Send a test", nil).is(http.StatusConflict).says("This webhook is paused. Resume it first.")
	on := paused.submit("Resume", nil).is(http.StatusOK).says("The webhook is on again")
	var delivery string
	if err := s.SQL.QueryRow(t.Context(), `select id from webhook_deliveries`).Scan(&delivery); err != nil {
		t.Fatal(err)
	}
	b.post(on.path+"/deliveries/"+delivery+"/send", nil).is(http.StatusOK).says("It is being sent again", "On its way.")
	b.get(on.link("Delete this webhook")).is(http.StatusOK).says("Nothing more is sent to "+address).submit("Delete this webhook", nil).is(http.StatusOK).
		says("The webhook is deleted", "There is no webhook yet")
	again.submit("Send a test", nil).is(http.StatusNotFound)
	same(t, "left over", s.Count(t, `select (select count(*) from webhooks) + (select count(*) from webhook_deliveries)`), 0)
	b.get(at(ws, "activity?action=webhook")).is(http.StatusOK).says("Added a webhook", "Sent a webhook a test", "Made a new secret for a webhook", "Paused a webhook",
		"Resumed a webhook", "Sent a webhook something again", "Deleted a webhook")
	same(t, "events", s.Count(t, `select count(*) from audit_events where action like 'webhook.%' and details ? 'webhook' and actor_id = $1`, b.user), 7)
	for _, hidden := range []string{"hidden", secret[6:20], renewed[6:20]} {
		if strings.Contains(s.log.String(), hidden) || s.Count(t, `select count(*) from audit_events e where e::text like '%' || $1 || '%'`, hidden) != 0 {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

func TestWebhookFormKeepsWhatWasTypedAndMakesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Webhooks = webhooks.New(webhooks.Options{}) })
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), postgres.Owner)
	events := []string{postgres.PersonaUpdated}
	before := s.Snapshot(t)
	for name, c := range map[string]struct {
		url    string
		events []string
		says   string
	}{
		"nothing":       {" ", events, "Enter the address to send to"},
		"no address":    {"<b>example</b>", events, "Enter a whole address"},
		"not encrypted": {"http://example.com/", events, "The address must start with https://"},
		"private":       {"https://127.0.0.1/", events, "This address is private or reserved"},
		"metadata":      {"https://169.254.169.254/latest", events, "This address is private or reserved"},
		"a port":        {"https://1.1.1.1:5432/", events, "The port must be 443 or 8443"},
		"a password":    {"https://a:b@1.1.1.1/", events, "must not hold a name or password"},
		"too long":      {"https://1.1.1.1/" + strings.Repeat("x", 2000), events, "2000 characters or fewer"},
		"no event":      {"https://1.1.1.1/", nil, "Choose what to send"},
		"unknown event": {"https://1.1.1.1/", []string{"lead.created"}, "Choose what to send"},
	} {
		answer := b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {c.url}, "events": c.events}).is(http.StatusUnprocessableEntity).says(c.says)
		if !strings.HasPrefix(answer.title(), "Error: ") {
			t.Errorf("%s: title is %q", name, answer.title())
		}
		typed := formFields(answer.button("Add webhook"))
		same(t, name, typed.Get("url"), c.url)
		if name != "unknown event" {
			same(t, name, typed["events"], c.events)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {"https://1.1.1.1/"}, "events": events}).is(http.StatusOK)
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {"https://1.1.1.1/"}, "events": events}).is(http.StatusUnprocessableEntity).
		says("There is a webhook with this address already")
	same(t, "webhooks", s.Count(t, `select count(*) from webhooks`), 1)
}

func TestTheLogOfAWebhookTellsEachTryAndHasPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	b := s.as(t, ws.Workspace(), postgres.Owner)
	w, delivery := s.hooked(t, ws)
	theirs, theirDelivery := s.hooked(t, other)
	id := uuid.MustParse(w)
	job := postgres.DeliverJob{Workspace: ws.Workspace(), Delivery: uuid.MustParse(delivery), Round: 1}
	for _, try := range []postgres.DeliveryTry{{Status: 500, Problem: "It answered 500."}, {Problem: "It did not answer within 10 seconds."}} {
		if err := s.NoteTry(t.Context(), job, id, try, postgres.DeliveryWaiting, 5*time.Minute, false); err != nil {
			t.Fatal(err)
		}
	}
	b.get(at(ws, "webhooks", w)).is(http.StatusOK).says("A test", "Not delivered yet. It did not answer within 10 seconds.", "2 tries", "It answered 500.", "Next try:", delivery)
	if err := s.NoteTry(t.Context(), job, id, postgres.DeliveryTry{Status: 502, Problem: "It answered 502."}, postgres.DeliveryFailed, 0, false); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "webhooks", w)).is(http.StatusOK).says("Not delivered. It answered 502.", "3 tries")
	b.get(at(ws, "webhooks")).is(http.StatusOK).says("Not delivered. It answered 502.")
	s.Exec(t, `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data, occurred_at) select workspace_id, webhook_id, 'draft.created', n, '{}', now() - n * interval '1 hour'
		from webhook_deliveries, generate_series(1, $2) n where id = $1`, delivery, postgres.DeliveriesPage)
	first := b.get(at(ws, "webhooks", w)).is(http.StatusOK)
	same(t, "deliveries of the first page", strings.Count(first.body, "Send again<"), postgres.DeliveriesPage)
	second := b.get(first.link("Next page")).is(http.StatusOK)
	same(t, "deliveries of the second page", strings.Count(second.body, "Send again<"), 1)
	for _, path := range []string{at(ws, "webhooks", theirs), at(ws, "webhooks", theirs, "delete"), at(ws, "webhooks", "x"), at(ws, "webhooks", uuid.NewString())} {
		b.get(path).is(http.StatusNotFound)
	}
	member := s.as(t, ws.Workspace(), postgres.Member)
	before := s.Snapshot(t)
	for _, path := range []string{at(ws, "webhooks", theirs, "test"), at(ws, "webhooks", theirs, "delete"), at(ws, "webhooks", theirs, "secret"), at(ws, "webhooks", w, "deliveries", theirDelivery, "send"),
		at(ws, "webhooks", theirs, "deliveries", theirDelivery, "send"), at(ws, "webhooks", w, "deliveries", "x", "send")} {
		b.post(path, nil).is(http.StatusNotFound)
	}
	if strings.Contains(member.get(at(ws, "personas")).body, "Webhooks") {
		t.Error("a member is shown the way to webhooks")
	}
	member.get(at(ws, "webhooks")).is(http.StatusForbidden)
	member.get(at(ws, "webhooks", w)).is(http.StatusForbidden)
	member.post(at(ws, "webhooks", w, "deliveries", delivery, "send"), nil).is(http.StatusForbidden)
	same(t, "tables", s.Snapshot(t), before)
	pages := regexp.MustCompile(`method=GET route=/workspaces/:ws/webhooks\S* workspaceId=\S+ status=200.* dbTrips=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(pages) < 4 {
		t.Errorf("the log has %d lines of pages", len(pages))
	}
	for _, line := range pages {
		same(t, "round trips", line[1], "2")
	}
}
